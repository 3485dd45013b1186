"""Subscribers, their subscriptions, suppressions, and lists of them."""
