"""The editors: list them, invite one by email, remove one."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.errors import (
    Conflict,
    InvalidInput,
    Misconfigured,
    NewsletterError,
    NotFound,
)
from newsletter.usecases.staff.editor import Editor
from newsletter.usecases.staff.remove_editor import remove_editor
from newsletter.usecases.staff.sign_in import add_editor, confirm_password, list_editors
from newsletter.usecases.staff.sign_in_link import INVITATION_EXPIRY
from newsletter.web.editor.staff.access import current_editor, current_principal, require_editor
from newsletter.web.editor.staff.once import once
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
@once
def add() -> Response | tuple[str, int]:
    address, name = request.form.get("address", ""), request.form.get("name", "")
    try:
        confirm_password(context(), current_editor().id, request.form.get("current", ""))
        outbox_ids = add_editor(context(), address, name, current_principal())
    except (InvalidInput, Misconfigured) as error:
        return _page(address=address, name=name, problem=error), 400
    wakeups().outbox(outbox_ids)
    flash(f"An invitation is on its way to {address.strip()}.", "good")
    return redirect(url_for("editor_editors.editors"), 303)


@BLUEPRINT.get("/<int:user_id>/remove")
def confirm_removal(user_id: int) -> str:
    return _removal_page(user_id)


@BLUEPRINT.post("/<int:user_id>/remove")
def remove(user_id: int) -> Response | tuple[str, int]:
    try:
        confirm_password(context(), current_editor().id, request.form.get("current", ""))
        address = remove_editor(context(), user_id, current_principal())
    except InvalidInput as error:
        return _removal_page(user_id, error), 400
    except Conflict as error:
        flash(str(error), "bad")
        return redirect(url_for("editor_editors.editors"), 303)
    flash(f"{address} is no longer an editor. Their sessions have ended.", "good")
    return redirect(url_for("editor_editors.editors"), 303)


def _removal_page(user_id: int, problem: InvalidInput | None = None) -> str:
    return render("editor/editor_remove.html", editor=_editor(user_id), problem=problem)


def _editor(user_id: int) -> Editor:
    for editor in list_editors(context(), current_principal()):
        if editor.id == user_id:
            return editor
    raise NotFound("This editor does not exist.", advice="They may have been removed.")


def _page(address: str = "", name: str = "", problem: NewsletterError | None = None) -> str:
    return render(
        "editor/editors.html",
        editors=list_editors(context(), current_principal()),
        me=current_editor(),
        address=address,
        name=name,
        problem=problem,
        invitation_days=INVITATION_EXPIRY.days,
    )
