"""Issues that were sent elsewhere: what an import compares with, and how they are kept."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.checks.left_out import LeftOut
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.past_issues import KnownIssue, PastIssue
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import record_event
from newsletter.store.issues.issues import put_content
from newsletter.store.models import Edition, ImportedIssue, Issue


def known_issues(session: Session, newsletter_id: int, time_zone: str) -> list[KnownIssue]:
    zone = ZoneInfo(time_zone)
    rows = session.execute(
        select(
            Issue.number,
            Issue.title,
            Issue.issued_on,
            Edition.frozen_at,
            ImportedIssue.fingerprint,
        )
        .outerjoin(Edition, Edition.issue_id == Issue.id)
        .outerjoin(ImportedIssue, ImportedIssue.issue_id == Issue.id)
        .where(Issue.newsletter_id == newsletter_id)
        .order_by(Issue.id)
    )
    return [
        KnownIssue(
            number=row.number,
            title=row.title,
            day=row.issued_on or (row.frozen_at and row.frozen_at.astimezone(zone).date()),
            fingerprint=row.fingerprint or "",
        )
        for row in rows
    ]


def has_past_issues(session: Session, newsletter_id: int) -> bool:
    """Sent here or elsewhere: the public archive has something to read."""
    was_sent = Issue.state.in_((IssueState.SENT, IssueState.IMPORTED))
    wanted = select(Issue.id).where(Issue.newsletter_id == newsletter_id, was_sent).limit(1)
    return session.scalar(wanted) is not None


def add_past_issue(  # noqa: PLR0913, PLR0917  what, from where, by whom and when
    session: Session,
    newsletter_id: int,
    past: PastIssue,
    service: str,
    who: Principal,
    now: datetime,
) -> None:
    """The caller has locked the newsletter, and knows that the number is free."""
    issue = Issue(
        newsletter_id=newsletter_id,
        state=IssueState.IMPORTED,
        state_at=now,
        created_at=now,
        updated_at=now,
        updated_by=who.name,
        version=1,
        unplaced=[LeftOut(piece.line, piece.text).to_json() for piece in past.left_out],
        sections=[],
    )
    put_content(issue, past.content)
    session.add(issue)
    session.flush()
    session.add(
        ImportedIssue(
            issue_id=issue.id,
            service=service,
            source=past.source,
            fingerprint=past.fingerprint,
            imported_at=now,
        )
    )
    facts = {"source": past.source, "service": service}
    record_event(
        session, at=now, who=who, action=Action.ISSUE_IMPORTED, subject_id=issue.id, facts=facts
    )


def past_issue_id(session: Session, newsletter_id: int, number: int) -> int | None:
    return session.scalar(
        select(Issue.id).where(
            Issue.newsletter_id == newsletter_id,
            Issue.number == number,
            Issue.state == IssueState.IMPORTED,
        )
    )
