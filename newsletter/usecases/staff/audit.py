"""The audit log: what people did, by who, what and when. Readers' own acts are not in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from newsletter.domain.actions import Action
from newsletter.domain.history import Happened
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import acts_of_people, names_of_subjects
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter_or_all
from newsletter.usecases.staff.downloads import record_download

_ROWS_AT_ONCE = 500
_OF_INVITATIONS = {
    Action.USER_INVITED,
    Action.USER_INVITATION_WITHDRAWN,
    Action.USER_INVITATION_ACCEPTED,
}
"""Their subject is the invitation, not the editor with that number."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Empty and None are no condition. `action` begins the action: "issue", or "issue.sent_now"."""

    who: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class AuditLine:
    id: int
    subject: str
    subject_id: int
    happened: Happened
    about: str
    """The name of the subject, if it has one."""

    def to_json(self) -> dict[str, Any]:
        about = {
            "id": self.id,
            "subject": self.subject,
            "subject_id": self.subject_id,
            "about": self.about,
        }
        return about | self.happened.to_json()


def list_audit(
    context: Context, principal: Principal, wanted: AuditFilter, slug: str | None = None
) -> list[AuditLine]:
    """The newest first, of one newsletter or of the whole server. Raises NotFound."""
    require_for_newsletter_or_all(context, principal, "list_audit", slug)
    with context.database.read() as session:
        newsletter_id = newsletter_by_slug(session, slug).id if slug else None
        found = acts_of_people(
            session,
            newsletter_id,
            who=wanted.who,
            action=wanted.action,
            since=wanted.since,
            until=wanted.until,
            before=wanted.before,
            limit=wanted.limit,
        )
        names = names_of_subjects(session, {(kind, number) for _, kind, number, _ in found})
        return [AuditLine(*row, about=_about(row, names)) for row in found]


def _about(row: tuple[int, str, int, Happened], names: Mapping[tuple[str, int], str]) -> str:
    _, kind, number, happened = row
    if not number:
        return "the server" if kind in ("download", "server") else "an unknown address"
    if happened.action in _OF_INVITATIONS:
        return str(happened.facts.get("address", "")) or f"invitation {number}"
    given = names.get((kind, number)) or happened.facts.get("address", "")
    return str(given) or f"{kind} {number}"


def export_audit(
    context: Context, principal: Principal, wanted: AuditFilter, slug: str | None = None
) -> Iterator[AuditLine]:
    """All of it, page by page. Checks the permission at once."""
    require_for_newsletter_or_all(context, principal, "export_audit", slug)
    with context.database.read() as session:
        newsletter_id = newsletter_by_slug(session, slug).id if slug else None
    record_download(context, principal, Action.DOWNLOAD_AUDIT, newsletter_id)
    return _all_pages(context, principal, wanted, slug)


def _all_pages(
    context: Context, principal: Principal, wanted: AuditFilter, slug: str | None
) -> Iterator[AuditLine]:
    before = wanted.before
    while True:
        page_wanted = AuditFilter(
            wanted.who, wanted.action, wanted.since, wanted.until, before, _ROWS_AT_ONCE
        )
        page = list_audit(context, principal, page_wanted, slug)
        yield from page
        if len(page) < _ROWS_AT_ONCE:
            return
        before = page[-1].id
