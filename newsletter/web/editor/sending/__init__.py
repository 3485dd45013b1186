"""Pages for sending an issue, and what became of it."""
