"""The editors: list them, and add one by email."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.errors import InvalidInput
from newsletter.usecases.staff.sign_in import add_editor, confirm_password, list_editors
from newsletter.web.editor.staff.access import current_editor, current_principal, require_editor
from newsletter.web.shell import context, render, wakeups

BLUEPRINT = Blueprint(
    "editor_editors",
    __name__,
    url_prefix="/editor/editors",
)
require_editor(BLUEPRINT)


@BLUEPRINT.get("/")
def editors() -> str:
    return _page()


@BLUEPRINT.post("/")
def add() -> Response | tuple[str, int]:
    address, name = request.form.get("address", ""), request.form.get("name", "")
    try:
        confirm_password(context(), current_editor().id, request.form.get("current", ""))
        outbox_ids = add_editor(context(), address, name, current_principal())
    except InvalidInput as error:
        return _page(address=address, name=name, problem=error), 400
    wakeups().outbox(outbox_ids)
    flash(f"A sign-in link is on its way to {address.strip()}.", "good")
    return redirect(url_for("editor_editors.editors"), 303)


def _page(address: str = "", name: str = "", problem: InvalidInput | None = None) -> str:
    return render(
        "editor/editors.html",
        editors=list_editors(context(), current_principal()),
        me=current_editor(),
        address=address,
        name=name,
        problem=problem,
    )
