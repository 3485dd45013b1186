"""Checks of a rendered email: what goes wrong in email programs."""
