"""Complete messages as bytes."""
