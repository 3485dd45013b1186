"""Addresses, consent, audiences, and lists of subscribers."""
