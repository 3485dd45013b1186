"""What comes back: messages as they came in, and what they say of a copy."""
