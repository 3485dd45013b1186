"""Feeds in RSS, Atom and JSON, and Curated's issues: what others publish, as an issue."""
