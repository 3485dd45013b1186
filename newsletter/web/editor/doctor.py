"""The doctor's page: what it found last, and a button to look again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.operations.diagnoses import Health
from newsletter.usecases.operations.last_examinations import last_examinations
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.shell import context, render

BLUEPRINT = Blueprint("editor_doctor", __name__, url_prefix="/editor/doctor")
require_editor(BLUEPRINT)


@BLUEPRINT.get("/")
def report() -> str:
    return render(
        "editor/doctor.html",
        examinations=last_examinations(context(), current_principal()),
        good=Health.GOOD,
    )


@BLUEPRINT.post("/")
def look() -> Response:
    from newsletter.usecases.operations.examine import Wishes, examine  # noqa: PLC0415  it is heavy, and rare

    wishes = Wishes("blocklists" in request.form, "round_trip" in request.form)
    made = examine(context(), current_principal(), wishes=wishes)
    if any(one.is_sick for one in made):
        flash("The doctor found something to mend.", "bad")
    else:
        flash("The doctor found nothing that stops mail.", "good")
    return redirect(url_for("editor_doctor.report"), 303)
