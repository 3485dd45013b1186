"""The kinds of mail that go to one person, through the outbox."""

from __future__ import annotations

from enum import StrEnum


class OutboxKind(StrEnum):
    """What is mailed; in parentheses, the ids that the payload holds."""

    CONFIRMATION = "confirmation"
    """(subscription_id)"""
    SIGN_IN = "sign-in"
    """(nothing: the user is a column)"""
    PASSWORD_RESET = "password-reset"  # noqa: S105  not a secret
    """(nothing: the user is a column)"""
    ACCOUNT_CHANGE = "account-change"
    """(the change, and the address from before it), to the editor whose account it is."""
    INVITATION = "invitation"
    """(nothing: the user is a column), and the name of who invites."""
    ROLE_INVITATION = "role-invitation"
    """(invitation_id), to someone who is offered a role in a newsletter."""
    TEST = "test"
    """(issue_id), to the editor who asked for it."""
    PROOF = "proof"
    """(issue_id), and the address of a colleague with a note for them."""
    WELCOME = "welcome"
    """(subscription_id), once it is confirmed."""
    SUBSCRIPTION_LINK = "subscription-link"
    """(subscription_id), to a reader who asked for it on the public page."""
    FAREWELL = "farewell"
    """(subscription_id), once it has ended."""
    REPLY = "reply"
    """(inbound_id), and who wrote it: a reader's reply, to the newsletter's reply address."""
    DOCTOR = "doctor"
    """(newsletters and checks: what is new, what is mended), to an administrator."""
    UNREAD = "unread"
    """(how many messages by newsletter_id), to their readers: nobody got them by email."""
