"""What was deleted of a newsletter and can still be brought back: drafts, templates, bookings,
pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newsletter.domain.actions import Action
from newsletter.domain.errors import NotFound
from newsletter.domain.issues.versions import KEPT_REMOVED
from newsletter.domain.staff.principals import Principal
from newsletter.store.deleted import Deletable, deletable_row, deleted_rows
from newsletter.store.events import record_event
from newsletter.store.models import IssueTemplate, LibraryPicture
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.store.pictures import deleted_pictures
from newsletter.usecases.context import Context
from newsletter.usecases.issues.deleted_drafts import restore_draft, show_deleted
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.pictures.change_picture import restore_picture

DRAFT = "draft"
PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class DeletedThing:
    """`kind` is draft, template, sponsor or picture."""

    kind: str
    id: int
    title: str
    deleted_at: datetime
    deleted_by: str


def list_deleted(context: Context, slug: str, principal: Principal) -> list[DeletedThing]:
    """The last deleted first. Raises NotFound."""
    require_for_newsletter(context, principal, "list_deleted", slug)
    found = [
        DeletedThing(DRAFT, one.issue_id, one.title, one.deleted_at, one.deleted_by)
        for one in show_deleted(context, slug, principal)
    ]
    with context.database.read() as session:
        newsletter_id = newsletter_by_slug(session, slug).id
        since = context.now() - KEPT_REMOVED
        rows = [
            *deleted_rows(session, newsletter_id, since),
            *deleted_pictures(session, newsletter_id, since),
        ]
        found += [
            DeletedThing(_kind(row), row.id, _title(row), row.deleted_at, row.deleted_by)
            for row in rows
            if row.deleted_at
        ]
    return sorted(found, key=lambda one: one.deleted_at, reverse=True)


def restore_deleted(
    context: Context, slug: str, kind: str, thing_id: int, principal: Principal
) -> None:
    """Raises NotFound for what is gone for good."""
    require_for_newsletter(context, principal, "restore_deleted", slug)
    if kind == DRAFT:
        restore_draft(context, slug, thing_id, principal)
        return
    if kind == PICTURE:
        restore_picture(context, slug, thing_id, principal)
        return
    with context.database.write() as session:
        newsletter_id = newsletter_by_slug(session, slug).id
        since = context.now() - KEPT_REMOVED
        row = deletable_row(session, newsletter_id, kind, thing_id, since)
        if row is None:
            raise NotFound(f"This {kind} is gone for good.")
        if row.deleted_at is None:
            return
        row.deleted_at, row.deleted_by = None, ""
        record_event(
            session,
            at=context.now(),
            who=principal,
            action=Action.NEWSLETTER_BROUGHT_BACK,
            subject_id=newsletter_id,
            facts={"name": _title(row)},
        )


def _kind(row: Deletable | LibraryPicture) -> str:
    if isinstance(row, LibraryPicture):
        return PICTURE
    return "template" if isinstance(row, IssueTemplate) else "sponsor"


def _title(row: Deletable | LibraryPicture) -> str:
    if isinstance(row, LibraryPicture):
        return row.alt or row.file_name
    return row.name if isinstance(row, IssueTemplate) else row.title
