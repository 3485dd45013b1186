"""`newsletter subscriber`."""
