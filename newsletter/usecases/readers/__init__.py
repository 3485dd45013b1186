"""Readers come, change what they get, and leave; editors look after the list."""
