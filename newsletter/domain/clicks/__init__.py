"""Counted links, and which clicks are machines'."""
