"""The history of an issue, and what was deleted: pages that work without a script."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.errors import NotFound
from newsletter.domain.issues.issue_things import thing_of
from newsletter.domain.issues.versions import KEPT_REMOVED, KEPT_VERSIONS
from newsletter.usecases.issues.keep_things import restore_thing
from newsletter.usecases.issues.show_versions import restore_version, show_version, show_versions
from newsletter.usecases.newsletters.recently_deleted import (
    DRAFT,
    PICTURE,
    list_deleted,
    restore_deleted,
)
from newsletter.usecases.newsletters.show_newsletters import open_issue, show_newsletter
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.shell import context, render

BLUEPRINT = Blueprint("editor_versions", __name__, url_prefix="/editor")
require_editor(BLUEPRINT)

_BACK_AT = {
    DRAFT: "editor_issues.edit",
    "template": "editor_issues.new",
    "sponsor": "editor_sponsors.page",
    PICTURE: "editor_pictures.pictures",
}


@BLUEPRINT.get("/issues/<int:issue_id>/history")
def versions(issue_id: int) -> str:
    return render(
        "editor/versions.html",
        issue=open_issue(context(), issue_id, current_principal()),
        found=show_versions(context(), issue_id, current_principal()),
        lasts_days=KEPT_VERSIONS.days,
    )


@BLUEPRINT.get("/issues/<int:issue_id>/history/<int:version_id>")
def version(issue_id: int, version_id: int) -> str:
    found, changes = show_version(context(), issue_id, version_id, current_principal())
    return render(
        "editor/version.html",
        issue=open_issue(context(), issue_id, current_principal()),
        version=found,
        changes=changes,
    )


@BLUEPRINT.post("/issues/<int:issue_id>/history/<int:version_id>")
def restore(issue_id: int, version_id: int) -> Response:
    name = request.form.get("thing", "")
    thing = thing_of(name) if name else None
    restore_version(context(), issue_id, version_id, current_principal(), thing)
    flash("Restored. What it replaced is in the history.", "good")
    return redirect(url_for(".versions", issue_id=issue_id), 303)


@BLUEPRINT.post("/issues/<int:issue_id>/history/removed")
def bring_back(issue_id: int) -> Response:
    thing = thing_of(request.form.get("thing", ""))
    restore_thing(context(), issue_id, thing, current_principal())
    flash(f"The {thing.kind} is back.", "good")
    return redirect(url_for("editor_issues.edit", issue_id=issue_id, _anchor=thing.name), 303)


@BLUEPRINT.get("/newsletters/<slug>/deleted")
def deleted(slug: str) -> str:
    return render(
        "editor/deleted.html",
        profile=show_newsletter(context(), slug, current_principal()).profile,
        deleted=list_deleted(context(), slug, current_principal()),
        lasts=KEPT_REMOVED,
    )


@BLUEPRINT.post("/newsletters/<slug>/deleted/<kind>/<int:thing_id>")
def undelete(slug: str, kind: str, thing_id: int) -> Response:
    if kind not in _BACK_AT:
        raise NotFound("This page does not exist.")
    restore_deleted(context(), slug, kind, thing_id, current_principal())
    flash(f"The {kind} is back.", "good")
    if kind == DRAFT:
        return redirect(url_for("editor_issues.edit", issue_id=thing_id), 303)
    return redirect(url_for(_BACK_AT[kind], slug=slug), 303)
