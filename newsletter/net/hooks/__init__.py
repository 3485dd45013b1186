"""Webhooks of mail providers: whether a request is theirs, and the events in it."""
