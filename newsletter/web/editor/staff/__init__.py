"""Pages for signing in and for editors."""
