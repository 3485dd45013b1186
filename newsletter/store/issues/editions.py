"""Editions, and reading the issues that they are frozen from."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, defer, selectinload

from newsletter.domain.checks.left_out import LeftOut
from newsletter.domain.checks.preflight import Override
from newsletter.domain.issues.issue import (
    EntryContent,
    IssueContent,
    IssueState,
    SectionContent,
    layout_of,
)
from newsletter.store.issues.issues import no_such_issue
from newsletter.store.models import Batch, Edition, Issue, Section


def issue_with_content(session: Session, issue_id: int, *, lock: bool = False) -> Issue:
    """The issue with its newsletter, sections and entries. `lock` locks it. Raises NotFound."""
    wanted = (
        select(Issue)
        .where(Issue.id == issue_id)
        .options(
            selectinload(Issue.newsletter),
            selectinload(Issue.sections).selectinload(Section.entries),
        )
    )
    issue = session.scalar(wanted.with_for_update() if lock else wanted)
    if issue is None:
        raise no_such_issue()
    return issue


def content_of(issue: Issue) -> IssueContent:
    return IssueContent(
        title=issue.title,
        subject=issue.subject,
        preheader=issue.preheader,
        intro=issue.intro,
        number=issue.number,
        sections=tuple(
            SectionContent(
                title=section.title,
                entries=tuple(
                    EntryContent(
                        title=entry.title,
                        url=entry.url,
                        sources=tuple(entry.sources),
                        body=entry.body,
                        id=entry.id,
                        plain_links=entry.plain_links,
                        link_parameters=entry.link_parameters,
                        author=entry.author,
                    )
                    for entry in section.entries
                ),
                intro=section.intro,
                id=section.id,
                layout=layout_of(section.layout),
            )
            for section in issue.sections
        ),
        issued_on=issue.issued_on,
        author=issue.author,
    )


def left_out_of(issue: Issue) -> tuple[LeftOut, ...]:
    """What was pasted and has no place, and what of it was dropped."""
    return tuple(LeftOut.from_json(piece) for piece in issue.unplaced)


def override_of(issue: Issue) -> Override | None:
    """None if the issue has no override, or was changed after it."""
    if issue.override_at is None or issue.override_at < issue.updated_at:
        return None
    return Override(issue.override_by, issue.override_reason, issue.override_at.isoformat())


def edition_head(session: Session, edition_id: int) -> Edition | None:
    """Without its texts, which are large: they are read when they are asked for."""
    texts = (Edition.html, Edition.text, Edition.content)
    wanted = select(Edition).where(Edition.id == edition_id)
    return session.scalar(wanted.options(*(defer(column) for column in texts)))


def edition_of(session: Session, issue_id: int) -> Edition | None:
    return session.scalar(select(Edition).where(Edition.issue_id == issue_id))


def next_number(session: Session, newsletter_id: int) -> int:
    highest = session.scalar(
        select(func.max(Issue.number)).where(Issue.newsletter_id == newsletter_id)
    )
    return (highest or 0) + 1


def sending_editions(session: Session) -> list[tuple[int, int, datetime]]:
    """(edition id, issue id, expiry) of all issues being sent."""
    rows = session.execute(
        select(Edition.id, Edition.issue_id, Edition.expires_at)
        .join(Issue, Issue.id == Edition.issue_id)
        .where(Issue.state == IssueState.SENDING)
    )
    return [(row.id, row.issue_id, row.expires_at) for row in rows]


def sending_without_edition(session: Session) -> list[int]:
    return list(
        session.scalars(
            select(Issue.id)
            .outerjoin(Edition, Edition.issue_id == Issue.id)
            .where(Issue.state == IssueState.SENDING, Edition.id.is_(None))
        )
    )


def cancelled_and_open(session: Session) -> list[int]:
    """Editions of cancelled issues that have an open batch."""
    is_open = exists().where(Batch.edition_id == Edition.id, Batch.closed_at.is_(None))
    return list(
        session.scalars(
            select(Edition.id)
            .join(Issue, Issue.id == Edition.issue_id)
            .where(Issue.state == IssueState.CANCELLED, is_open)
        )
    )
