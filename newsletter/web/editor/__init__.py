"""What editors see."""
