"""What comes back: storing it, judging it, and what follows from it."""
