"""A newsletter, its looks and its sponsors."""
