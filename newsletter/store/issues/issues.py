"""Issues as they are listed and written. Reading one with its content is in editions.py."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.domain.consent import SubscriptionState
from newsletter.domain.errors import NotFound
from newsletter.domain.issues import IssueContent
from newsletter.store.models import Entry, Issue, Newsletter, Section, Subscription


def issues_of(session: Session, newsletter_id: int) -> list[Issue]:
    """The newest first, without their content."""
    return list(
        session.scalars(
            select(Issue).where(Issue.newsletter_id == newsletter_id).order_by(Issue.id.desc())
        )
    )


def newsletter_of_issue(session: Session, issue_id: int) -> int:
    """The newsletter's id. Raises NotFound."""
    newsletter_id = session.scalar(select(Issue.newsletter_id).where(Issue.id == issue_id))
    if newsletter_id is None:
        raise NotFound("There is no such issue.")
    return newsletter_id


def entry_counts(session: Session, newsletter_id: int) -> dict[int, int]:
    """Entries by issue id; an issue without any is not in it."""
    rows = session.execute(
        select(Section.issue_id, func.count(Entry.id))
        .join(Entry, Entry.section_id == Section.id)
        .join(Issue, Issue.id == Section.issue_id)
        .where(Issue.newsletter_id == newsletter_id)
        .group_by(Section.issue_id)
    )
    return {row[0]: row[1] for row in rows}


def lock_newsletter(session: Session, newsletter_id: int) -> None:
    """Until the transaction ends: two issues begun at once get two numbers."""
    if session.get(Newsletter, newsletter_id, with_for_update=True) is None:
        raise NotFound("There is no such newsletter.")


def is_number_taken(session: Session, issue: Issue, number: int) -> bool:
    return (
        session.scalar(
            select(Issue.id).where(
                Issue.newsletter_id == issue.newsletter_id,
                Issue.number == number,
                Issue.id != issue.id,
            )
        )
        is not None
    )


def active_readers(session: Session, newsletter_id: int) -> int:
    """How many would get an issue that is sent now."""
    count = session.scalar(
        select(func.count())
        .select_from(Subscription)
        .where(
            Subscription.newsletter_id == newsletter_id,
            Subscription.state == SubscriptionState.ACTIVE,
        )
    )
    return count or 0


def put_content(issue: Issue, content: IssueContent) -> None:
    """Replaces all of it; the old sections and entries are deleted."""
    issue.title = content.title
    issue.subject = content.subject
    issue.preheader = content.preheader
    issue.intro = content.intro
    issue.number = content.number
    issue.sections = [
        Section(
            position=section_position,
            title=section.title,
            entries=[
                Entry(
                    position=position,
                    title=entry.title,
                    url=entry.url,
                    sources=list(entry.sources),
                    body=entry.body,
                )
                for position, entry in enumerate(section.entries)
            ],
        )
        for section_position, section in enumerate(content.sections)
    ]
