"""Pages, thin doors to use cases."""
