"""When an issue is sent, and to a few readers first."""
