"""Tags, untags or unsubscribes all subscribers that a filter finds, a batch at a time.

Each batch is a transaction of its own. To begin again after it was stopped does no harm:
subscribers who already are as wanted are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import InvalidInput
from newsletter.domain.feedback.doubts import without_addresses
from newsletter.domain.readers.audiences import EVERYONE, Audience, Kind, in_words
from newsletter.domain.readers.reader_sections import muted_tag
from newsletter.domain.readers.subscriber_rows import MOST_TAGS, clean_tag_list, merged_tags
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import record_event
from newsletter.store.models import Event, Subscription
from newsletter.store.newsletters import newsletter_by_slug, profile_of
from newsletter.store.readers.lists import ReaderQuery, lock_readers_after
from newsletter.store.readers.withdrawals import withdraw_all
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.readers.find_subscriber import required_text
from newsletter.usecases.readers.list_subscribers import reader_query

AT_ONCE = 1000


class What(StrEnum):
    """Kept with events, so never renamed."""

    TAG = "tag"
    UNTAG = "untag"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class ManyChange:
    """`value` is the tag, or why they are unsubscribed."""

    what: What
    value: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """Those that the filter finds; of these `only` those with one of the ids, if there are any."""

    audience: Audience = EVERYONE
    search: str = ""
    only: frozenset[int] | None = None

    @property
    def words(self) -> str:
        return self._said(f", found by “{self.search}”")

    @property
    def words_to_keep(self) -> str:
        """Without what was searched for: the history outlasts who is erased."""
        return without_addresses(self._said(", found by a search"))

    def _said(self, found: str) -> str:
        if self.only is not None:
            return "those chosen one by one"
        return in_words(self.audience) + (found if self.search else "")


@dataclass(frozen=True, slots=True)
class ChangedSoFar:
    looked_at: int
    changed: int
    is_done: bool


def change_many(
    context: Context, slug: str, chosen: Chosen, change: ManyChange, principal: Principal
) -> Iterator[ChangedSoFar]:
    """How far it is after each batch. Raises InvalidInput and NotFound at once."""
    require_for_newsletter(context, principal, "change_many", slug)
    sound = ManyChange(change.what, _sound_value(change))
    with context.database.read() as session:
        profile = profile_of(newsletter_by_slug(session, slug))
    query = reader_query(profile, chosen.audience, chosen.search, chosen.only)
    return _batches(context, query, chosen, sound, principal)


def undo_of(chosen: Chosen, change: ManyChange, so_far: ChangedSoFar) -> ManyChange | None:
    """What takes all of it back, for the same choice; None where that would do more or less.

    Some may have had the tag already, a filter by this tag finds others now, and who was
    unsubscribed can subscribe again only by their own word.
    """
    is_all = so_far.is_done and 0 < so_far.changed == so_far.looked_at
    if change.what is What.UNSUBSCRIBE or not is_all:
        return None
    if change.value.strip().casefold() in _tags_asked_for(chosen.audience):
        return None
    return ManyChange(What.UNTAG if change.what is What.TAG else What.TAG, change.value)


def _tags_asked_for(audience: Audience) -> set[str]:
    tags = [*audience.values(Kind.TAG), *audience.values(Kind.NO_TAG)]
    muted = [muted_tag(one) for one in audience.values(Kind.INTEREST)]
    return {tag.casefold() for tag in (*tags, *muted)}


def _sound_value(change: ManyChange) -> str:
    if change.what is What.UNSUBSCRIBE:
        return required_text(change.value, "value", "Give a reason, such as “asked by email”.")
    tags = clean_tag_list([change.value])
    if not tags:
        raise InvalidInput("Enter a tag.", field="value")
    return tags[0]


def _batches(
    context: Context, query: ReaderQuery, chosen: Chosen, change: ManyChange, who: Principal
) -> Iterator[ChangedSoFar]:
    """What was done is recorded with it, so that it is known wherever this is stopped."""
    looked_at = changed = last_id = 0
    event_id: int | None = None
    while True:
        with context.database.write() as session:
            rows = lock_readers_after(session, query, last_id, AT_ONCE)
            changed += _change(context, session, rows, change, who)
            is_done = len(rows) < AT_ONCE
            if changed:
                facts = _facts(chosen, change, changed, is_done=is_done)
                event_id = _record(context, session, event_id, query.newsletter_id, facts, who)
        looked_at += len(rows)
        yield ChangedSoFar(looked_at, changed, is_done)
        if is_done:
            return
        last_id = rows[-1].subscriber_id


def _change(
    context: Context,
    session: Session,
    rows: list[Subscription],
    change: ManyChange,
    who: Principal,
) -> int:
    if change.what is not What.UNSUBSCRIBE:
        return _retag(session, rows, change)
    leaving = {row.id: change.value for row in rows}
    return withdraw_all(session, leaving, who=who, how=change.value, at=context.now())


def _retag(session: Session, rows: list[Subscription], change: ManyChange) -> int:
    wanted = [(row, _tags_after(row.tags, change)) for row in rows]
    values = [{"id": row.id, "tags": tags} for row, tags in wanted if tags != row.tags]
    if values:
        session.execute(update(Subscription), values)
    return len(values)


def _tags_after(tags: list[str], change: ManyChange) -> list[str]:
    """Those at the limit keep what they have."""
    if change.what is What.UNTAG:
        return [tag for tag in tags if tag.casefold() != change.value.casefold()]
    more = merged_tags(tags, [change.value])
    return more if len(more) <= MOST_TAGS else tags


def _facts(chosen: Chosen, change: ManyChange, count: int, *, is_done: bool) -> dict[str, Any]:
    return {
        "what": change.what,
        "value": without_addresses(change.value),
        "whom": chosen.words_to_keep,
        "count": count,
        "is_done": is_done,
    }


def _record(  # noqa: PLR0913, PLR0917  the parts of an event
    context: Context,
    session: Session,
    event_id: int | None,
    newsletter_id: int,
    facts: dict[str, Any],
    who: Principal,
) -> int:
    """One event for all batches, which has counted what was done whenever it is stopped."""
    if event_id is not None:
        session.get_one(Event, event_id).facts = facts
        return event_id
    event = record_event(
        session,
        at=context.now(),
        who=who,
        action=Action.NEWSLETTER_SUBSCRIBERS_CHANGED,
        subject_id=newsletter_id,
        facts=facts,
    )
    session.flush()
    return event.id
