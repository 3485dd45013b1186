"""What came back of the copies of an issue: one by one, and what of it needs attention."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from newsletter.domain.feedback.doubts import doubt_sentence
from newsletter.domain.feedback.later_facts import LaterFacts, LaterKind
from newsletter.domain.staff.permissions import is_allowed, require_scope
from newsletter.domain.staff.principals import Principal
from newsletter.store.feedback.doubts import open_doubts
from newsletter.store.feedback.later import (
    Said,
    bounces_by_domain,
    copies_with,
    editions_with_feedback,
    later_facts,
)
from newsletter.store.issues.editions import edition_of
from newsletter.store.models import Edition
from newsletter.store.newsletters import all_newsletters
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_issue

PAGE_LENGTH = 100
ALARMS_FOR = timedelta(days=14)
"""After that an issue is history: its report still has it."""
SLOW_S = 0.1
_AGAIN = 300
"""So many times the time that it took, the alarms of an edition are used again."""
_MEMO: dict[tuple[str, int], tuple[float, tuple[str, ...]]] = {}
"""By database and edition: when they expire, and the alarms."""


@dataclass(frozen=True, slots=True)
class LaterPage:
    """`after` leads to the next page, None on the last."""

    kind: LaterKind
    counts: LaterFacts
    copies: tuple[Said, ...]
    after: int | None


def show_later(  # noqa: PLR0913  what to list, and where the page begins
    context: Context,
    issue_id: int,
    kind: LaterKind,
    principal: Principal,
    *,
    after: int | None = None,
    limit: int = PAGE_LENGTH,
) -> LaterPage:
    """By subscriber. Raises NotFound."""
    require_for_issue(context, principal, "show_later", issue_id)
    with context.database.read() as session:
        edition = edition_of(session, issue_id)
        if edition is None:
            return LaterPage(kind, LaterFacts(), (), None)
        found = copies_with(session, edition.id, kind, after, limit + 1)
        page = tuple(found[:limit])
        goes_on = len(found) > limit
        last = page[-1].subscriber_id if goes_on else None
        return LaterPage(kind, later_facts(session, edition.id), page, last)


@dataclass(frozen=True, slots=True)
class Alarm:
    """About an issue that went out lately, in words for people."""

    newsletter_id: int
    issue_id: int
    number: int
    text: str


def feedback_alarms(context: Context, principal: Principal) -> tuple[Alarm, ...]:
    """Of the newsletters that they may see."""
    require_scope(principal, "feedback_alarms")
    with context.database.read() as session:
        since = context.now() - ALARMS_FOR
        may = partial(is_allowed, principal, "feedback_alarms")
        ids = [one.id for one in all_newsletters(session) if may(one.id)]
        told = [
            (edition, doubt_sentence(one.dead, one.taken, one.domain, one.words))
            for one, edition in open_doubts(session, ids, since)
        ]
        told += [
            (edition, text)
            for edition in editions_with_feedback(session, ids, since)
            for text in _known_alarms(context, session, edition)
        ]
    return tuple(
        Alarm(edition.newsletter_id, edition.issue_id, edition.number, text)
        for edition, text in told
    )


def _known_alarms(context: Context, session: Session, edition: Edition) -> tuple[str, ...]:
    """Of a large edition they are used again for a while, as counting its copies takes long."""
    key, began_s = (context.settings.database_url, edition.id), time.monotonic()
    until_s, known = _MEMO.get(key, (0.0, ()))
    if began_s < until_s:
        return known
    found = tuple(_alarms_of(session, edition))
    took_s = time.monotonic() - began_s
    if took_s > SLOW_S:
        _MEMO[key] = (began_s + _AGAIN * took_s, found)
    return found


def _alarms_of(session: Session, edition: Edition) -> list[str]:
    facts = later_facts(session, edition.id)
    told = [str(one) for one in bounces_by_domain(session, edition) if one.is_told]
    if warning := facts.warning(edition.active_at_freeze):
        told.insert(0, warning)
    return told
