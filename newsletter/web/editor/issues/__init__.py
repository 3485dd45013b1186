"""Pages for writing, checking and previewing an issue."""
