"""Drafts that were deleted: kept for a while, listed, and brought back as they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from newsletter.domain.actions import Action
from newsletter.domain.errors import NotFound
from newsletter.domain.issues.issue import FIRST_STATE
from newsletter.domain.issues.issue_json import content_from_json
from newsletter.domain.issues.versions import KEPT_REMOVED, KEPT_VERSIONS
from newsletter.domain.staff.principals import Principal
from newsletter.store.deleted import forget_deleted
from newsletter.store.events import record_event
from newsletter.store.issues.editions import next_number
from newsletter.store.issues.issues import is_number_taken, lock_newsletter, put_content
from newsletter.store.issues.versions import ALSO_KEPT, deleted_drafts, forget_old_versions
from newsletter.store.models import DeletedDraft, Issue
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter


def show_deleted(context: Context, slug: str, principal: Principal) -> list[DeletedDraft]:
    """The last deleted first. Raises NotFound."""
    require_for_newsletter(context, principal, "show_deleted", slug)
    with context.database.read() as session:
        since = context.now() - KEPT_REMOVED
        return deleted_drafts(session, newsletter_by_slug(session, slug).id, since)


def restore_draft(context: Context, slug: str, issue_id: int, principal: Principal) -> None:
    """With its ids and its history; another number if its own is taken now. Raises NotFound."""
    require_for_newsletter(context, principal, "restore_draft", slug)
    with context.database.write() as session:
        newsletter_id = newsletter_by_slug(session, slug).id
        lock_newsletter(session, newsletter_id)
        deleted = session.get(DeletedDraft, issue_id)
        if deleted is None or deleted.newsletter_id != newsletter_id:
            raise NotFound("This draft is gone for good.")
        issue = _row_of(deleted, context.now(), principal)
        content = content_from_json(deleted.content)
        if content.number and is_number_taken(session, issue, content.number):
            content = replace(content, number=next_number(session, newsletter_id))
        session.add(issue)
        put_content(issue, content, keeps_ids=True)
        issue.version += 1
        session.delete(deleted)
        record_event(
            session,
            at=context.now(),
            who=principal,
            action=Action.ISSUE_BROUGHT_BACK,
            subject_id=issue_id,
        )


def forget_versions(context: Context) -> int:
    """What is kept no longer. For the ticker, now and then."""
    now = context.now()
    with context.database.write() as session:
        forget_deleted(session, now - KEPT_REMOVED)
        return forget_old_versions(session, now - KEPT_VERSIONS, now - KEPT_REMOVED)


def _row_of(deleted: DeletedDraft, now: datetime, principal: Principal) -> Issue:
    issue = Issue(
        id=deleted.issue_id,
        newsletter_id=deleted.newsletter_id,
        state=FIRST_STATE,
        state_at=now,
        created_at=deleted.created_at,
        updated_at=now,
        updated_by=principal.name,
        version=deleted.version,
        **{name: deleted.row[name] for name in ALSO_KEPT},
    )
    issue.sections = []
    return issue
