"""Finds issues by their title or number and subscribers by their address, in all newsletters."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.issues.issue import IssueState
from newsletter.domain.staff.permissions import is_allowed, require_scope
from newsletter.domain.staff.principals import Principal
from newsletter.store.issues.issues import is_called
from newsletter.store.models import Issue, Newsletter, Subscription
from newsletter.store.newsletters import all_newsletters
from newsletter.store.readers.subscriptions import find_subscriber
from newsletter.usecases.context import Context

MOST_FOUND = 8
LONGEST_QUESTION = 200


@dataclass(frozen=True, slots=True)
class FoundIssue:
    id: int
    number: int | None
    title: str
    state: IssueState
    newsletter: str
    newsletter_id: int


@dataclass(frozen=True, slots=True)
class FoundSubscriber:
    """One for each newsletter whose subscriber they are."""

    id: int
    address: str
    slug: str
    newsletter: str


@dataclass(frozen=True, slots=True)
class Found:
    issues: tuple[FoundIssue, ...] = ()
    subscribers: tuple[FoundSubscriber, ...] = ()


def find_anything(context: Context, text: str, principal: Principal) -> Found:
    """What the principal may see of it. An address is found only as a whole."""
    require_scope(principal, "find_anything")
    text = text.strip()[:LONGEST_QUESTION]
    if not text:
        return Found()
    with context.database.read() as session:
        newsletters = {one.id: one for one in all_newsletters(session)}
        issues = _allowed(newsletters, principal, "open_issue")
        readers = _allowed(newsletters, principal, "show_subscriber")
        return Found(
            tuple(_issues(session, issues, text)),
            tuple(_subscribers(session, readers, text)) if "@" in text else (),
        )


def _allowed(
    newsletters: dict[int, Newsletter], principal: Principal, use_case: str
) -> dict[int, Newsletter]:
    return {id_: one for id_, one in newsletters.items() if is_allowed(principal, use_case, id_)}


def _issues(session: Session, allowed: dict[int, Newsletter], text: str) -> list[FoundIssue]:
    """The newest first."""
    wanted = (
        select(Issue.id, Issue.number, Issue.title, Issue.state, Issue.newsletter_id)
        .where(Issue.newsletter_id.in_(allowed), is_called(text))
        .order_by(Issue.id.desc())
        .limit(MOST_FOUND)
    )
    return [
        FoundIssue(
            row.id,
            row.number,
            row.title or "Untitled issue",
            IssueState(row.state),
            allowed[row.newsletter_id].name,
            row.newsletter_id,
        )
        for row in session.execute(wanted)
    ]


def _subscribers(
    session: Session, allowed: dict[int, Newsletter], address: str
) -> list[FoundSubscriber]:
    subscriber = find_subscriber(session, address)
    if subscriber is None:
        return []
    wanted = select(Subscription.newsletter_id).where(
        Subscription.subscriber_id == subscriber.id, Subscription.newsletter_id.in_(allowed)
    )
    return [
        FoundSubscriber(subscriber.id, subscriber.address or "", one.slug, one.name)
        for one in (allowed[id_] for id_ in session.scalars(wanted))
    ]
