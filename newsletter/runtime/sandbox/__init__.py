"""The mail sandbox: an SMTP server that stores all mail, and its inbox."""
