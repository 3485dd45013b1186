"""Markdown to HTML and to plain text."""
