"""What readers liked in an issue: clicks by link, and what came back."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from newsletter.domain.clicks.click_rules import WORDS, Verdict
from newsletter.usecases.clicks.show_liked import Liked, export_liked, show_liked
from newsletter.usecases.newsletters.show_newsletters import open_issue
from newsletter.usecases.readers.export_subscribers import as_csv
from newsletter.web.editor.sending.charts import clicks_chart
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.shell import context, render

BLUEPRINT = Blueprint(
    "editor_liked",
    __name__,
    url_prefix="/editor/issues/<int:issue_id>/liked",
)
require_editor(BLUEPRINT)


@BLUEPRINT.get("")
def liked(issue_id: int) -> str | BaseResponse:
    """Before it is sent there is nothing to like: its sending page says so."""
    found = show_liked(context(), issue_id, current_principal())
    if found is None:
        return redirect(url_for("editor_sending.send", issue_id=issue_id), 303)
    return render(
        "editor/liked.html",
        issue=open_issue(context(), issue_id, current_principal()),
        liked=found,
        chart=clicks_chart(found.links),
        machines=[(WORDS[Verdict(rule)], clicks) for rule, clicks in found.machines.items()],
        days=context().settings.click_retention.days,
    )


@BLUEPRINT.get("/links.csv")
def links(issue_id: int) -> Response:
    found = export_liked(context(), issue_id, current_principal())
    answer = Response(as_csv(_rows(found) if found else []), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="issue-{issue_id}-links.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _rows(found: Liked) -> list[list[str]]:
    head = ["number", "section", "entry", "label", "url", "clicks", "people", "readers"]
    return [
        head,
        *(
            [
                str(one.number),
                one.section,
                str(one.position or ""),
                one.label,
                one.url,
                str(one.clicks),
                str(one.people),
                "" if one.readers is None else str(one.readers),
            ]
            for one in found.links
        ),
    ]
