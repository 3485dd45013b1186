"""A newsletter is set up and shown."""
