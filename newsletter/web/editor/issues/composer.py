"""The mail beside its text, while an issue is written.

Saving is not here. Without the script the page shows what was saved last.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, jsonify
from markupsafe import escape
from werkzeug.exceptions import BadRequest

from newsletter.domain.errors import InvalidInput
from newsletter.rendering.edition.edition import WritingCopy
from newsletter.rendering.edition.views import View, as_seen
from newsletter.usecases.issues.preview_issue import preview_typed
from newsletter.web.editor.issues.form_reading import with_typed
from newsletter.web.editor.issues.previews import (
    ALL_PICTURES,
    framed,
    our_pictures,
    shown_view,
)
from newsletter.web.editor.staff.access import current_principal, require_editor
from newsletter.web.json_bodies import json_object
from newsletter.web.shell import context

BLUEPRINT = Blueprint(
    "editor_composer",
    __name__,
    url_prefix="/editor/issues/<int(max=9223372036854775807):issue_id>",
)
require_editor(BLUEPRINT)


@BLUEPRINT.get("/composed")
def composed(issue_id: int) -> Response:
    """The saved issue, for the frame beside its text."""
    try:
        html = _seen(_copy(issue_id, {}))
    except InvalidInput as problem:
        html = f"<!doctype html><title>Preview</title><p>{escape(problem.message)}</p>"
    pictures = ALL_PICTURES if shown_view().with_pictures else f"'self' {our_pictures()}"
    return framed(html, pictures=pictures, is_ours_to_change=True)


@BLUEPRINT.post("/composed")
def compose(issue_id: int) -> Response:
    """The issue with what is typed over it, as {"entry-17-body": "…"}. Nothing is saved."""
    typed = _typed()
    try:
        copy = _copy(issue_id, typed)
    except InvalidInput as problem:
        return jsonify(problem=f"{problem.message} {problem.advice}".strip(), field=problem.field)
    is_text = shown_view().view is View.TEXT
    return jsonify(
        subject=copy.subject,
        text=copy.text if is_text else "",
        html="" if is_text else _seen(copy),
        bytes=copy.html_bytes,
    )


def _copy(issue_id: int, typed: Mapping[str, str]) -> WritingCopy:
    return preview_typed(
        context(), issue_id, lambda content: with_typed(content, typed), current_principal()
    )


def _typed() -> dict[str, str]:
    given = json_object()
    if not all(isinstance(text, str) for text in given.values()):
        raise BadRequest
    return given


def _seen(copy: WritingCopy) -> str:
    shown = shown_view()
    return as_seen(copy.html, shown.view, with_pictures=shown.with_pictures, ours=our_pictures())
