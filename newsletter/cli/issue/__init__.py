"""`newsletter issue`."""
