"""Lists the subscribers of a newsletter in pages, and shows one in full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.domain.actions import SHOWN_AS_CONSENT
from newsletter.domain.feedback.verdicts import FeedbackVerdict
from newsletter.domain.history import Happened
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.readers.audiences import EVERYONE, Audience
from newsletter.domain.readers.consent import (
    SubscriptionState,
    SuppressionReason,
    SuppressionSource,
)
from newsletter.domain.readers.reader_sections import muted_sections
from newsletter.domain.readers.suppressions import can_be_lifted, needs_confirmation
from newsletter.domain.staff.principals import Principal
from newsletter.store.clicks.figures import ReaderClick, clicks_of
from newsletter.store.events import history_of
from newsletter.store.feedback.later import Said, said_of
from newsletter.store.models import Consent, SubscriberNote, Suppression
from newsletter.store.newsletters import newsletter_by_slug, profile_of
from newsletter.store.readers.audience_paths import AudiencePath
from newsletter.store.readers.lists import (
    Listed,
    Order,
    ReaderQuery,
    Received,
    count_readers,
    path_of,
    readers_page,
    received_by,
)
from newsletter.store.readers.subscriptions import evidence_of, notes_about
from newsletter.store.readers.suppressions import find_suppressions
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.readers.find_subscriber import hash_address, load_subscriber

PAGE_SIZE = 50
SAID_SHOWN = 100
MOST_COUNTED = 10_001
"""Above 10,000 the page says only that there are more."""


@dataclass(frozen=True, slots=True)
class SubscriberFilter:
    """`older_than` or `newer_than` is the subscriber's id at which the page begins."""

    audience: Audience = EVERYONE
    search: str = ""
    order: Order = Order.NEWEST
    older_than: int | None = None
    newer_than: int | None = None
    limit: int = PAGE_SIZE


@dataclass(frozen=True, slots=True)
class SubscriberPage:
    """`older_than` and `newer_than` lead to the next pages. None if there is no such page."""

    profile: NewsletterProfile
    counts: dict[SubscriptionState, int]
    readers: tuple[Listed, ...]
    matching: int | None
    """How many the filter finds, MOST_COUNTED at most; None without one."""
    older_than: int | None
    newer_than: int | None

    @property
    def known_tags(self) -> list[str]:
        """Those on the page, to choose from."""
        return sorted({tag for reader in self.readers for tag in reader.tags})

    @property
    def is_many(self) -> bool:
        """There are more than were counted."""
        return self.matching is not None and self.matching >= MOST_COUNTED

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A line of a subscriber's history: evidence of consent or an event."""

    at: datetime
    what: str
    how: str
    actor: str
    is_evidence: bool
    note_id: int | None = None
    """Of an editor's note."""


@dataclass(frozen=True, slots=True)
class SuppressedAs:
    """Why this newsletter does not mail an address, and who said so."""

    reason: SuppressionReason
    source: SuppressionSource
    detail: str
    actor: str
    at: datetime
    is_for_all: bool


@dataclass(frozen=True, slots=True)
class SubscriberDetails:
    """`address` is "" once erased. `suppressions`, the gravest first, keep this newsletter from
    mailing it.
    """

    profile: NewsletterProfile
    id: int
    address: str
    name: str
    attributes: dict[str, Any]
    tags: tuple[str, ...]
    state: SubscriptionState
    state_at: datetime
    state_how: str
    created_at: datetime
    erased_at: datetime | None
    suppressions: tuple[SuppressedAs, ...]
    history: tuple[HistoryLine, ...]
    received: tuple[Received, ...]
    clicks: tuple[ReaderClick, ...]
    """Where clicks are counted by reader."""

    @property
    def muted(self) -> tuple[str, ...]:
        """The sections that they don't want."""
        return muted_sections(self.tags, self.profile.sections)

    @property
    def is_erased(self) -> bool:
        return self.erased_at is not None

    @property
    def suppressed_as(self) -> str:
        """The gravest reason, "" while mail may go."""
        return self.suppressions[0].reason if self.suppressions else ""

    @property
    def is_suppressed_everywhere(self) -> bool:
        return any(one.is_for_all for one in self.suppressions)

    @property
    def suppression_can_be_lifted(self) -> bool:
        return can_be_lifted([one.reason for one in self.suppressions])

    @property
    def lifting_needs_address(self) -> bool:
        return needs_confirmation([one.reason for one in self.suppressions])


_CAME_BACK = {
    FeedbackVerdict.HARD: "bounced, the address is dead",
    FeedbackVerdict.SOFT: "bounced, perhaps for now",
    FeedbackVerdict.BLOCKED: "blocked because of us",
    FeedbackVerdict.COMPLAINT: "reported as spam",
    FeedbackVerdict.UNSUBSCRIBE: "asked by email to leave",
    FeedbackVerdict.DELAY: "delayed",
    FeedbackVerdict.AUTOMATIC: "answered by a machine",
    FeedbackVerdict.REPLY: "answered",
    FeedbackVerdict.DELIVERED: "reported as delivered",
    FeedbackVerdict.UNKNOWN: "an answer that nobody understood",
}


def list_subscribers(
    context: Context, slug: str, wanted: SubscriberFilter, principal: Principal
) -> SubscriberPage:
    """Raises NotFound."""
    require_for_newsletter(context, principal, "list_subscribers", slug)
    with context.database.read() as session:
        profile = profile_of(newsletter_by_slug(session, slug))
        query = reader_query(profile, wanted.audience, wanted.search)
        path = path_of(session, query)
        found = readers_page(
            session,
            query,
            path,
            wanted.order,
            older_than=wanted.older_than,
            newer_than=wanted.newer_than,
            limit=wanted.limit + 1,
        )
        counts = context.subscriber_counts.by_state(session, profile.id)
        matching = _matching(session, query, path, found, wanted)
    return _page(profile, counts, matching, found, wanted)


def reader_query(
    profile: NewsletterProfile,
    audience: Audience,
    search: str = "",
    only: frozenset[int] | None = None,
) -> ReaderQuery:
    words = search.replace("\x00", "").strip()
    return ReaderQuery(profile.id, profile.time_zone, audience, words, only)


def _matching(
    session: Session,
    query: ReaderQuery,
    path: AudiencePath | None,
    found: list[Listed],
    wanted: SubscriberFilter,
) -> int | None:
    """A first page that is not full has them all, so that the few among many are sought once."""
    if not query.audience.conditions and not query.search:
        return None
    is_first = wanted.older_than is None and wanted.newer_than is None
    if is_first and len(found) <= wanted.limit:
        return len(found)
    return count_readers(session, query, path, MOST_COUNTED)


def show_subscriber(
    context: Context, slug: str, subscriber_id: int, principal: Principal
) -> SubscriberDetails:
    """Raises NotFound."""
    require_for_newsletter(context, principal, "show_subscriber", slug)
    with context.database.read() as session:
        reader = load_subscriber(session, slug, subscriber_id)
        subscriber, subscription = reader.subscriber, reader.subscription
        suppressions: list[Suppression] = []
        if subscriber.address is not None:
            known_as = hash_address(context, subscriber.address)
            suppressions = find_suppressions(session, known_as, reader.newsletter.id)
        received = list(received_by(session, subscriber.id, reader.newsletter.id))
        return SubscriberDetails(
            profile=profile_of(reader.newsletter),
            id=subscriber.id,
            address=subscriber.address or "",
            name=subscription.name,
            attributes=dict(subscription.attributes),
            tags=tuple(subscription.tags),
            state=SubscriptionState(subscription.state),
            state_at=subscription.state_at,
            state_how=subscription.state_how,
            created_at=subscription.created_at,
            erased_at=subscriber.erased_at,
            suppressions=tuple(map(_suppressed_as, suppressions)),
            history=_history(
                evidence_of(session, subscription.id),
                history_of(session, "subscriber", subscriber.id),
                said_of(session, subscriber.id, reader.newsletter.id, SAID_SHOWN),
                received,
                notes_about(session, subscriber.id, reader.newsletter.id),
            ),
            received=tuple(received),
            clicks=tuple(clicks_of(session, subscriber.id, reader.newsletter.id)),
        )


def _suppressed_as(row: Suppression) -> SuppressedAs:
    return SuppressedAs(
        reason=SuppressionReason(row.reason),
        source=SuppressionSource(row.source),
        detail=row.detail,
        actor=row.actor,
        at=row.at,
        is_for_all=row.newsletter_id is None,
    )


def _page(
    profile: NewsletterProfile,
    counts: dict[SubscriptionState, int],
    matching: int | None,
    found: list[Listed],
    wanted: SubscriberFilter,
) -> SubscriberPage:
    """`found` has one more than fits, which shows whether the list continues."""
    goes_on = len(found) > wanted.limit
    if wanted.newer_than is not None:
        readers = found[1:] if goes_on else found
        has_newer, has_older = goes_on, True
    else:
        readers = found[: wanted.limit]
        has_newer, has_older = wanted.older_than is not None, goes_on
    return SubscriberPage(
        profile=profile,
        counts=counts,
        readers=tuple(readers),
        matching=matching,
        older_than=readers[-1].subscriber_id if readers and has_older else None,
        newer_than=readers[0].subscriber_id if readers and has_newer else None,
    )


def _history(
    evidence: list[Consent],
    events: tuple[Happened, ...],
    said: list[Said],
    received: list[Received],
    notes: list[SubscriberNote],
) -> tuple[HistoryLine, ...]:
    """Consent, mail, what came back and notes, the newest first, without events that the evidence
    describes in more detail.
    """
    lines = [
        HistoryLine(piece.at, piece.kind, piece.how, piece.actor, is_evidence=True)
        for piece in evidence
    ]
    lines += [
        HistoryLine(event.at, event.sentence, "", event.who, is_evidence=False)
        for event in events
        if event.action not in SHOWN_AS_CONSENT
    ]
    lines += [
        HistoryLine(one.at, _what_came_back(one), one.words, "", is_evidence=False) for one in said
    ]
    lines += [
        HistoryLine(
            one.state_at, f"issue #{one.number} {one.state}", one.subject, "", is_evidence=False
        )
        for one in received
    ]
    lines += [
        HistoryLine(note.at, "note", note.text, note.by, is_evidence=False, note_id=note.id)
        for note in notes
    ]
    return tuple(sorted(lines, key=lambda line: line.at, reverse=True))


def _what_came_back(one: Said) -> str:
    mail = f"issue #{one.number}" if one.number else "mail"
    return f"{mail}: {_CAME_BACK[FeedbackVerdict(one.verdict)]}"
