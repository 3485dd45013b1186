"""The kinds of mail that go to one person, through the outbox."""

from __future__ import annotations

from enum import StrEnum


class OutboxKind(StrEnum):
    """What is mailed; in parentheses, the ids that the payload holds."""

    CONFIRMATION = "confirmation"
    """(subscription_id)"""
    SIGN_IN = "sign-in"
    """(nothing: the user is a column)"""
    TEST = "test"
    """(issue_id), to the editor who asked for it."""
