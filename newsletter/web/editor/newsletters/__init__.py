"""Pages for the settings and the look of a newsletter."""
