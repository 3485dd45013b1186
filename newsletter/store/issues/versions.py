"""Versions of issues, and deleted drafts. domain/issues/versions.py says what a version is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, delete, exists, select
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.issues.issue_json import content_from_json, content_to_json
from newsletter.domain.issues.versions import MOST_VERSIONS, Version, is_same_burst
from newsletter.domain.staff.principals import Principal
from newsletter.store.issues.editions import content_of
from newsletter.store.leases import changed_rows
from newsletter.store.models import DeletedDraft, Issue, IssueVersion

ALSO_KEPT = ("unplaced", "dropped", "other_keys")
"""Of a deleted draft, beside its content."""


def keep_version(  # noqa: PLR0913, PLR0917  what, by whom, how and when
    session: Session,
    issue: Issue,
    before: IssueContent,
    after: IssueContent,
    who: Principal,
    action: Action,
    now: datetime,
) -> bool:
    """Whether it is a new one: not what it was, nor one more save of a burst.

    The first keeps what the issue was before it, too.
    """
    kept = content_to_json(after)
    if content_to_json(before) == kept:
        return False
    last = session.scalar(_newest_first(issue.id).limit(1))
    if last is None:
        _add_first(session, issue, before, now)
    elif _goes_on(last, who, action) and is_same_burst(last.started_at, now, before, after):
        last.number, last.saved_at, last.content = issue.version, now, kept
        return False
    session.add(_row(issue, after, who, action, now))
    _drop_oldest(session, issue.id)
    return True


def versions_of(session: Session, issue_id: int, *, limit: int = MOST_VERSIONS) -> list[Version]:
    """The newest first."""
    return [_version(row) for row in session.scalars(_newest_first(issue_id).limit(limit))]


def version_of(session: Session, issue_id: int, version_id: int) -> tuple[Version, Version | None]:
    """That one and the one before it. Raises LookupError."""
    rows = session.scalars(_newest_first(issue_id).where(IssueVersion.id <= version_id).limit(2))
    found = [_version(row) for row in rows]
    if not found or found[0].id != version_id:
        raise LookupError(version_id)
    return found[0], found[1] if len(found) > 1 else None


def forget_old_versions(session: Session, before: datetime, deleted_before: datetime) -> int:
    """Versions older than `before`, drafts deleted before the other, and their versions."""
    session.execute(delete(DeletedDraft).where(DeletedDraft.deleted_at < deleted_before))
    lives = exists().where(Issue.id == IssueVersion.issue_id)
    can_return = exists().where(DeletedDraft.issue_id == IssueVersion.issue_id)
    old = IssueVersion.saved_at < before
    return changed_rows(session, delete(IssueVersion).where(old | (~lives & ~can_return)))


def deleted_drafts(session: Session, newsletter_id: int, since: datetime) -> list[DeletedDraft]:
    """The last deleted first."""
    return list(
        session.scalars(
            select(DeletedDraft)
            .where(DeletedDraft.newsletter_id == newsletter_id, DeletedDraft.deleted_at >= since)
            .order_by(DeletedDraft.deleted_at.desc())
        )
    )


def keep_deleted(session: Session, issue: Issue, who: Principal, now: datetime) -> None:
    """Call before the issue is deleted, in the same transaction."""
    session.add(
        DeletedDraft(
            issue_id=issue.id,
            newsletter_id=issue.newsletter_id,
            title=issue.title,
            version=issue.version,
            content=content_to_json(content_of(issue)),
            row={name: getattr(issue, name) for name in ALSO_KEPT},
            created_at=issue.created_at,
            deleted_at=now,
            deleted_by=who.name,
        )
    )


def _goes_on(last: IssueVersion, who: Principal, action: Action) -> bool:
    same = (last.who_kind, last.who_id, last.who_name) == (who.kind, who.id, who.name)
    return same and last.action == action == Action.ISSUE_SAVED


def _add_first(session: Session, issue: Issue, before: IssueContent, now: datetime) -> None:
    at = min(issue.updated_at, now)
    session.add(
        IssueVersion(
            issue_id=issue.id,
            number=issue.version - 1,
            action=Action.ISSUE_SAVED,
            who_kind="",
            who_id=None,
            who_name=issue.updated_by,
            started_at=at,
            saved_at=now,
            content=content_to_json(before),
        )
    )


def _row(
    issue: Issue, content: IssueContent, who: Principal, action: Action, now: datetime
) -> IssueVersion:
    return IssueVersion(
        issue_id=issue.id,
        number=issue.version,
        action=action,
        who_kind=who.kind,
        who_id=who.id,
        who_name=who.name,
        started_at=now,
        saved_at=now,
        content=content_to_json(content),
    )


def _drop_oldest(session: Session, issue_id: int) -> None:
    ids = select(IssueVersion.id).where(IssueVersion.issue_id == issue_id)
    oldest = session.scalar(ids.order_by(IssueVersion.id.desc()).offset(MOST_VERSIONS).limit(1))
    if oldest is not None:
        too_many = IssueVersion.issue_id == issue_id, IssueVersion.id <= oldest
        session.execute(delete(IssueVersion).where(*too_many))


def _newest_first(issue_id: int) -> Select[IssueVersion]:
    return (
        select(IssueVersion)
        .where(IssueVersion.issue_id == issue_id)
        .order_by(IssueVersion.id.desc())
    )


def _version(row: IssueVersion) -> Version:
    return Version(
        id=row.id,
        number=row.number,
        who=row.who_name,
        who_kind=row.who_kind,
        action=row.action,
        started_at=row.started_at,
        saved_at=row.saved_at,
        content=content_from_json(row.content),
    )
