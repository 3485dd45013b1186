"""What comes back after a copy was accepted, what it means and what follows."""
