"""Consent: the wording that readers agree to, and the states of a subscription."""

from __future__ import annotations

import hashlib
from enum import StrEnum

from newsletter.domain.transitions import Transitions

WORDING_VERSION = "2026-11-27"
"""Change it whenever the text below changes. Earlier consents refer to the old version."""


class SubscriptionState(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    PAUSED = "paused"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"


_S = SubscriptionState

# A signup begins as pending. An import begins as whatever the reader was elsewhere.
TRANSITIONS: Transitions[SubscriptionState] = Transitions(
    {
        (_S.PENDING, _S.ACTIVE),
        (_S.PENDING, _S.UNSUBSCRIBED),
        (_S.PENDING, _S.SUPPRESSED),
        (_S.ACTIVE, _S.PAUSED),
        (_S.ACTIVE, _S.UNSUBSCRIBED),
        (_S.ACTIVE, _S.SUPPRESSED),
        (_S.PAUSED, _S.ACTIVE),
        (_S.PAUSED, _S.UNSUBSCRIBED),
        (_S.PAUSED, _S.SUPPRESSED),
        # Only when the reader asks: on the signup page, on the preferences page, or an editor.
        (_S.UNSUBSCRIBED, _S.PENDING),
        (_S.UNSUBSCRIBED, _S.ACTIVE),
        (_S.UNSUBSCRIBED, _S.SUPPRESSED),
        # Only once the address itself is not suppressed any more.
        (_S.SUPPRESSED, _S.UNSUBSCRIBED),
        (_S.SUPPRESSED, _S.PENDING),
        (_S.SUPPRESSED, _S.ACTIVE),
    }
)
RECEIVING = frozenset({_S.ACTIVE, _S.PAUSED})
"""Consent was given and not withdrawn, though a pause may hold the issues back."""
GONE = frozenset({_S.UNSUBSCRIBED, _S.SUPPRESSED})


class ConsentKind(StrEnum):
    """What happened to a person's consent. Each is a row of evidence [GDPR 7(1)]."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    ADDED = "added"
    IMPORTED = "imported"
    WITHDRAWN = "withdrawn"
    SUPPRESSED = "suppressed"


class SuppressionReason(StrEnum):
    """Why an address gets no mail. The order is that of gravity."""

    EDITOR = "editor"
    SOFT_BOUNCES = "soft bounces"
    HARD_BOUNCE = "hard bounce"
    COMPLAINT = "complaint"
    ERASED = "erased"

    @property
    def gravity(self) -> int:
        return list(SuppressionReason).index(self)


class SuppressionSource(StrEnum):
    """Who said so."""

    EDITOR = "editor"
    """Also the command line."""
    IMPORT = "import"
    RELAY = "relay"
    """In its reply while the copy was handed over."""
    REPORT = "report"
    """In a mail that came back."""
    PROVIDER = "provider"
    """In an event that a provider signed."""
    RESTORED = "restored"
    """The file of departures, after a backup was restored."""

    @property
    def words(self) -> str:
        return _SOURCES[self]


_SOURCES = {
    SuppressionSource.EDITOR: "by an editor",
    SuppressionSource.IMPORT: "from an imported list",
    SuppressionSource.RELAY: "the mail server said so when we sent",
    SuppressionSource.REPORT: "a report that came back",
    SuppressionSource.PROVIDER: "an event from the mail provider",
    SuppressionSource.RESTORED: "from the file of departures, after a backup was restored",
}


def signup_wording(newsletter_name: str) -> str:
    return (
        f"Yes, send me {newsletter_name} by email. I will confirm with the link you email me. "
        "I can unsubscribe at any time with the link in every issue."
    )


def wording_hash(wording: str) -> str:
    """SHA-256 in hex of the exact words that were shown."""
    return hashlib.sha256(wording.encode()).hexdigest()
