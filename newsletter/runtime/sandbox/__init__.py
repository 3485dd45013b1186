"""The mail sandbox: an SMTP server that keeps what it is sent, and its inbox."""
