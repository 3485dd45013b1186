"""SMTP, DKIM and VERP: bytes to domain values and back."""
