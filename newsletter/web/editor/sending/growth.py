"""A newsletter over time: subscribers, joins and leaves, issues compared, recipient domains."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, Response, request

from newsletter.usecases.clicks.issue_results import (
    IssueResult,
    export_issue_results,
    list_issue_results,
)
from newsletter.usecases.clicks.show_growth import (
    ISSUES_OF_DOMAINS,
    Growth,
    export_growth,
    show_growth,
)
from newsletter.usecases.readers.export_subscribers import as_csv
from newsletter.web.editor.sending.charts import domains_chart, moves_chart, readers_chart
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.shell import context, read_id, render

BLUEPRINT = Blueprint("editor_growth", __name__, url_prefix="/editor/newsletters/<slug>/figures")
require_editor(BLUEPRINT)

_ORDERS: dict[str, Callable[[IssueResult], float]] = {
    "sent": lambda one: one.at.timestamp(),
    "copies": lambda one: one.copies,
    "accepted": lambda one: one.accepted_percent or 0,
    "bounced": lambda one: one.bounced,
    "complaints": lambda one: one.complaints,
    "unsubscribed": lambda one: one.unsubscribed,
    "clicks": lambda one: one.clicks or 0,
}
"""By the names in the address."""


@BLUEPRINT.get("")
def growth(slug: str) -> str:
    who, before = current_principal(), read_id(request.args.get("before", ""))
    found = show_growth(context(), slug, who)
    listed = list_issue_results(context(), slug, who, before)
    order = request.args.get("sort", "")
    order = order if order in _ORDERS else "sent"
    is_up = request.args.get("up") == "yes"
    return render(
        "editor/growth.html",
        profile=found.profile,
        growth=found,
        listed=listed,
        results=sorted(listed.results, key=_ORDERS[order], reverse=not is_up),
        order=order,
        is_up=is_up,
        before=before,
        readers_chart=readers_chart(found.issues),
        moves_chart=moves_chart(found.joins, found.leaves),
        domains_chart=domains_chart(found.domains),
        issues_of_domains=ISSUES_OF_DOMAINS,
    )


@BLUEPRINT.get("/figures.csv")
def figures(slug: str) -> Response:
    found = export_growth(context(), slug, current_principal())
    return _file(f"{found.profile.slug}-figures.csv", _rows(found))


@BLUEPRINT.get("/issues.csv")
def issues(slug: str) -> Response:
    """All issues that went out, not only those on the page."""
    found = export_issue_results(context(), slug, current_principal())
    return _file(f"{found.profile.slug}-issues.csv", _issue_rows(found.results))


def _file(name: str, rows: list[list[str]]) -> Response:
    answer = Response(as_csv(rows), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _issue_rows(results: Sequence[IssueResult]) -> list[list[str]]:
    names = "number title at copies accepted bounced complaints unsubscribed clicks".split()
    rows = [names]
    for one in results:
        values = one.to_json()
        rows.append(["" if values[name] is None else str(values[name]) for name in names])
    return rows


def _rows(found: Growth) -> list[list[str]]:
    """One table for all: what, when or where, which, how many."""
    rows = [["figure", "of", "by", "count"]]
    rows += [
        ["readers", f"issue {one.number}", one.at.isoformat(), str(one.readers)]
        for one in found.issues
    ]
    for name, moves in (("joins", found.joins), ("leaves", found.leaves)):
        rows += [[name, f"{one.month:%Y-%m}", one.why, str(one.readers)] for one in moves]
    for one in found.domains:
        counts = (("copies", one.copies), ("accepted", one.accepted), ("failed", one.failed))
        rows += [["domain", one.domain or "all others", name, str(n)] for name, n in counts]
    return rows
