"""What a list from elsewhere says of a reader, and what becomes of it here."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from newsletter.domain.consent import SubscriptionState, SuppressionReason


class ListedAs(StrEnum):
    """From the mildest to the one that counts where two columns disagree."""

    ACTIVE = "active"
    PAUSED = "paused"
    PENDING = "pending"
    UNSUBSCRIBED = "unsubscribed"
    BLOCKLISTED = "blocklisted"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    LEFT_OUT = "left out"
    """By choice: such rows are not imported."""

    @property
    def state(self) -> SubscriptionState:
        return _STATES.get(self, SubscriptionState.SUPPRESSED)

    @property
    def suppression(self) -> SuppressionReason | None:
        """Why the address is never mailed again, by any newsletter."""
        return _SUPPRESSIONS.get(self)

    @property
    def is_gone(self) -> bool:
        """Left, or out of reach: kept as such, so that no other list brings them back."""
        return self not in _STAYING


_STATES = {
    ListedAs.ACTIVE: SubscriptionState.ACTIVE,
    ListedAs.PAUSED: SubscriptionState.PAUSED,
    ListedAs.PENDING: SubscriptionState.PENDING,
    ListedAs.UNSUBSCRIBED: SubscriptionState.UNSUBSCRIBED,
}
_SUPPRESSIONS = {
    # Someone decided it there, so an editor may take it back here.
    ListedAs.BLOCKLISTED: SuppressionReason.EDITOR,
    ListedAs.BOUNCED: SuppressionReason.HARD_BOUNCE,
    ListedAs.COMPLAINED: SuppressionReason.COMPLAINT,
}
_STAYING = frozenset({ListedAs.ACTIVE, ListedAs.PAUSED, ListedAs.PENDING, ListedAs.LEFT_OUT})
_RANKS = {listed_as: rank for rank, listed_as in enumerate(ListedAs)}

_WORDS = {
    ListedAs.ACTIVE: """active, subscribed, subscriber, enabled, confirmed, verified, opted in,
        opt in, double opt in, single opt in, regular, free, premium, paid,
        paying, unpaid, trial, trialed, trialing, gifted, gift, comp,
        complimentary, churning, past due, valid, deliverable""",
    ListedAs.PAUSED: "paused, snoozed",
    ListedAs.PENDING: """pending, unconfirmed, not confirmed, unactivated, not activated,
        unverified, awaiting confirmation, waiting for confirmation, opt in
        pending, double opt in pending, invited, validating""",
    ListedAs.UNSUBSCRIBED: """unsubscribed, unsubscribe, unsub, not subscribed, nonsubscribed,
        non subscribed, opted out, opt out, optout, disabled, removed, deleted, archived, cancelled,
        canceled, left, withdrawn""",
    ListedAs.BLOCKLISTED: """blocklisted, blacklisted, blocked, banned, suppressed, spammy,
        do not mail, do not contact""",
    ListedAs.BOUNCED: """bounced, bounce, hard bounced, hard bounce, hardbounce, cleaned,
        undeliverable, unreachable, invalid, invalid email, malformed""",
    ListedAs.COMPLAINED: """complained, complaint, complainer, spam, spam complaint, marked as spam,
        reported spam, reported as spam, abuse, junk""",
}
_MEANINGS = {
    " ".join(word.split()): listed_as
    for listed_as, words in _WORDS.items()
    for word in words.split(",")
}


def meaning_of(word: str) -> ListedAs | None:
    """None for a word that we don't know, or that services use for different things: inactive."""
    return _MEANINGS.get(plain_word(word))


def plain_word(text: str) -> str:
    """Of a cell or a heading: without case, underscores and hyphens."""
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())


def gravest(all_of_them: Iterable[ListedAs]) -> ListedAs | None:
    return max(all_of_them, key=_RANKS.__getitem__, default=None)
