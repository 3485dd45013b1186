"""`newsletter inbound`."""
