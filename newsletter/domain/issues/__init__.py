"""What an issue is made of, its states, and how its text is kept and compared."""
