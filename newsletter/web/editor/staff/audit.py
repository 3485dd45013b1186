"""The audit log, of a newsletter or of the whole server: filtered, in pages, and exported."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta

from flask import Blueprint, Response, request, stream_with_context

from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.usecases.newsletters.show_newsletters import show_newsletter
from newsletter.usecases.readers.export_subscribers import as_csv
from newsletter.usecases.staff.audit import AuditFilter, AuditLine, export_audit, list_audit
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.shell import context, read_id, render

BLUEPRINT = Blueprint("editor_audit", __name__, url_prefix="/editor")
require_editor(BLUEPRINT)

_LINES = 50
_KINDS = {
    "issue": "Issues",
    "newsletter": "Newsletters",
    "subscriber": "Subscribers",
    "user": "People and sign-ins",
    "user.sign_in_failed": "Failed sign-ins",
    "download": "Exports and downloads",
    "picture": "Pictures",
    "server": "Backups",
}
_COLUMNS = (
    "at",
    "who",
    "who_kind",
    "action",
    "sentence",
    "subject",
    "subject_id",
    "about",
    "address",
    "device",
)


@BLUEPRINT.get("/audit")
def server() -> str | Response:
    return _answer(None, None)


@BLUEPRINT.get("/newsletters/<slug>/audit")
def newsletter(slug: str) -> str | Response:
    profile = show_newsletter(context(), slug, current_principal()).profile
    return _answer(slug, profile)


def _answer(slug: str | None, profile: NewsletterProfile | None) -> str | Response:
    wanted, form = _wanted(), request.args.get("format", "")
    if form in {"csv", "json"}:
        lines = export_audit(context(), current_principal(), wanted, slug)
        pieces = _as_csv(lines) if form == "csv" else _as_json(lines)
        kind = "text/csv" if form == "csv" else "application/json"
        response = Response(stream_with_context(pieces), mimetype=kind)
        response.headers.set(
            "Content-Disposition", "attachment", filename=f"{slug or 'server'}-audit.{form}"
        )
        return response
    found = list_audit(context(), current_principal(), wanted, slug)
    return render(
        "editor/audit.html",
        profile=profile,
        lines=found[:_LINES],
        older=found[_LINES - 1].id if len(found) > _LINES else None,
        kinds=_KINDS,
        kept_for=context().settings.audit_retention.days,
        address_kept_for=context().settings.audit_address_retention.days,
        given=request.args,
        kept={name: text for name, text in request.args.items() if name != "older"},
    )


def _wanted() -> AuditFilter:
    until = _day("until")
    return AuditFilter(
        who=request.args.get("who", "").strip()[:320],
        action=request.args.get("action", "")[:60],
        since=_day("since"),
        until=until + timedelta(days=1) if until else None,
        before=read_id(request.args.get("older", "")),
        limit=_LINES + 1,
    )


def _day(name: str) -> datetime | None:
    """Its first moment, in UTC; None for what is no day."""
    try:
        day = datetime.fromisoformat(request.args.get(name, "")).date()
    except ValueError:
        return None
    return datetime.combine(day, time(), UTC) if 1970 <= day.year < 9000 else None


def _as_json(lines: Iterable[AuditLine]) -> Iterator[str]:
    """An array, a line for each."""
    yield "["
    for number, line in enumerate(lines):
        yield (",\n" if number else "\n") + json.dumps(line.to_json(), ensure_ascii=False)
    yield "\n]\n"


def _as_csv(lines: Iterable[AuditLine]) -> Iterator[str]:
    yield as_csv([_COLUMNS])
    for line in lines:
        cells = line.to_json()
        yield as_csv([[str(cells[name]) for name in _COLUMNS]])
