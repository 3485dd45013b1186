"""Digest text to entries, Markdown to HTML, MJML to an edition, with a reader to a message."""
