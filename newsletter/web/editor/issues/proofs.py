"""Proofs: sends an issue to colleagues."""

from __future__ import annotations

import re

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.errors import InvalidInput, Misconfigured
from newsletter.usecases.newsletters.show_newsletters import open_issue
from newsletter.usecases.sending.send_proof import send_proof
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.editor.staff.kept_forms import keeps_text
from newsletter.web.editor.staff.once import once
from newsletter.web.shell import context, render, wakeups

BLUEPRINT = Blueprint(
    "editor_proofs",
    __name__,
    url_prefix="/editor/issues/<int(max=9223372036854775807):issue_id>/proof",
)
require_editor(BLUEPRINT)

_BETWEEN = re.compile(r"[\s,;]+")


@BLUEPRINT.get("")
def page(issue_id: int) -> str:
    return _page(issue_id)


@BLUEPRINT.post("")
@keeps_text
@once
def send(issue_id: int) -> Response | tuple[str, int]:
    addresses = _BETWEEN.split(request.form.get("addresses", ""))
    note = request.form.get("note", "").strip()
    try:
        outbox_ids = send_proof(context(), issue_id, addresses, note, current_principal())
    except (InvalidInput, Misconfigured) as error:
        return _page(issue_id, error), 400
    wakeups().outbox(outbox_ids)
    people = "one colleague" if len(outbox_ids) == 1 else f"{len(outbox_ids)} colleagues"
    flash(f"A proof is on its way to {people}.", "good")
    return redirect(url_for("editor_sending.preview", issue_id=issue_id), 303)


def _page(issue_id: int, problem: InvalidInput | Misconfigured | None = None) -> str:
    return render(
        "editor/proof.html",
        issue=open_issue(context(), issue_id, current_principal()),
        typed=request.form,
        problem=problem,
        problem_field=getattr(problem, "field", ""),
    )
