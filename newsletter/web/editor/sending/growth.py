"""A newsletter over time: readers, joins, leaves, and delivery by domain."""

from __future__ import annotations

from flask import Blueprint, Response

from newsletter.usecases.clicks.show_growth import (
    ISSUES_OF_DOMAINS,
    Growth,
    export_growth,
    show_growth,
)
from newsletter.usecases.readers.export_subscribers import as_csv
from newsletter.web.editor.sending.charts import domains_chart, moves_chart, readers_chart
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.shell import context, render

BLUEPRINT = Blueprint("editor_growth", __name__, url_prefix="/editor/newsletters/<slug>/figures")
require_editor(BLUEPRINT)


@BLUEPRINT.get("")
def growth(slug: str) -> str:
    found = show_growth(context(), slug, current_principal())
    return render(
        "editor/growth.html",
        profile=found.profile,
        growth=found,
        readers_chart=readers_chart(found.issues),
        moves_chart=moves_chart(found.joins, found.leaves),
        domains_chart=domains_chart(found.domains),
        issues_of_domains=ISSUES_OF_DOMAINS,
    )


@BLUEPRINT.get("/figures.csv")
def figures(slug: str) -> Response:
    found = export_growth(context(), slug, current_principal())
    answer = Response(as_csv(_rows(found)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="{found.profile.slug}-figures.csv"'
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


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
