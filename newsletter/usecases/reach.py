"""How many subscribers an issue reaches with its audience, now. Sending draws them up itself."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from newsletter.domain.errors import Conflict
from newsletter.domain.readers.audiences import (
    EVERYONE,
    Audience,
    Reach,
    in_words,
    kept_audience,
    on_day,
    reach_of_sample,
)
from newsletter.store.models import Edition, Issue, Newsletter
from newsletter.store.newsletters import newsletter_by_id
from newsletter.store.readers.audience_paths import (
    count_sample,
    narrowed_readers,
    narrowest_path,
)
from newsletter.store.readers.audiences import Clause, reader_clauses
from newsletter.usecases.context import Context

SAMPLE = 20_000
"""Of a longer list, conditions are tried on about this many subscribers."""


def reach_of(
    context: Context,
    session: Session,
    newsletter: Newsletter,
    audience: Audience,
    *,
    exact: bool = False,
) -> Reach:
    """How many it would reach now."""
    active = context.subscriber_counts.active(session, newsletter.id)
    if audience == EVERYONE:
        return Reach(active)
    meant = on_day(audience, _today(newsletter, context.now()))
    path = narrowest_path(session, meant, newsletter.id, newsletter.time_zone)
    is_exact = exact or (path is not None and path.is_few)
    one_in = 1 if is_exact else max(1, active // SAMPLE)
    clauses = reader_clauses(session, meant, newsletter.id, newsletter.time_zone)
    return reach_of_sample(count_sample(session, clauses, one_in, path), one_in)


def has_readers(session: Session, issue: Issue, now: datetime) -> bool:
    """Whether anyone would get it. `issue` has its newsletter."""
    newsletter = issue.newsletter
    meant = on_day(kept_audience(issue.audience), _today(newsletter, now))
    clauses = narrowed_readers(session, meant, newsletter.id, newsletter.time_zone)
    return bool(session.scalar(select(exists().where(*clauses))))


def require_readers(session: Session, issue: Issue, now: datetime) -> None:
    """Raises Conflict where nobody would get it. `issue` has its newsletter."""
    if has_readers(session, issue, now):
        return
    audience = kept_audience(issue.audience)
    if audience == EVERYONE:
        raise Conflict(
            "There are no active subscribers to send it to.",
            advice="Share the signup page, or import people who have agreed.",
        )
    raise Conflict(f"There are no active {in_words(audience)}.", advice="Choose a wider audience.")


def readers_of_edition(session: Session, edition: Edition) -> list[Clause]:
    """Of the subscriptions that it was frozen for, those that are active."""
    newsletter = newsletter_by_id(session, edition.newsletter_id)
    audience = kept_audience(edition.audience)
    return narrowed_readers(session, audience, newsletter.id, newsletter.time_zone)


def _today(newsletter: Newsletter, now: datetime) -> date:
    return now.astimezone(ZoneInfo(newsletter.time_zone)).date()
