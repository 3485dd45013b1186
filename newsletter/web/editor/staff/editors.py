"""The editors: list them, invite one by email, say who runs the server, remove one."""

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
from newsletter.domain.staff.roles import Role
from newsletter.usecases.newsletters.show_newsletters import show_newsletters
from newsletter.usecases.staff.add_editor import add_editor, list_editors
from newsletter.usecases.staff.administrators import dismiss_administrator, make_administrator
from newsletter.usecases.staff.editor import Editor
from newsletter.usecases.staff.remove_editor import remove_editor
from newsletter.usecases.staff.sign_in import confirm_password
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

_ADMINISTRATOR, _ROLE = "administrator", "role"
"""What the form offers to be added as, beside an account alone."""


@BLUEPRINT.get("/")
def editors() -> str:
    return _page()


@BLUEPRINT.post("/")
@once
def add() -> Response | tuple[str, int]:
    address, name = request.form.get("address", ""), request.form.get("name", "")
    try:
        confirm_password(context(), current_editor().id, request.form.get("current", ""))
        outbox_ids = add_editor(
            context(),
            address,
            name,
            current_principal(),
            roles=_roles(),
            is_administrator=request.form.get("post") == _ADMINISTRATOR,
        )
    except (InvalidInput, Misconfigured, NotFound) as error:
        return _page(error), 400
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


@BLUEPRINT.get("/<int:user_id>/administrator")
def confirm_administrator(user_id: int) -> str:
    return _administrator_page(user_id)


@BLUEPRINT.post("/<int:user_id>/administrator")
def change_administrator(user_id: int) -> Response | tuple[str, int]:
    change = dismiss_administrator if request.form.get("dismiss") else make_administrator
    try:
        confirm_password(context(), current_editor().id, request.form.get("current", ""))
        change(context(), user_id, current_principal())
    except InvalidInput as error:
        return _administrator_page(user_id, error), 400
    except Conflict as error:
        flash(str(error), "bad")
        return redirect(url_for("editor_editors.editors"), 303)
    flash("In effect at once.", "good")
    return redirect(url_for(_after_change(user_id)), 303)


def _after_change(user_id: int) -> str:
    """Someone who is no longer an administrator can't open the list."""
    is_mine = user_id == current_editor().id
    return "editor_home.home" if is_mine else "editor_editors.editors"


def _roles() -> dict[str, Role]:
    """Raises InvalidInput."""
    if request.form.get("post") != _ROLE:
        return {}
    role, slug = request.form.get("role", ""), request.form.get("newsletter", "")
    if role not in set(Role) or not slug:
        raise InvalidInput("Choose a newsletter and a role.", field="role")
    return {slug: Role(role)}


def _administrator_page(user_id: int, problem: InvalidInput | None = None) -> str:
    return render("editor/editor_administrator.html", editor=_editor(user_id), problem=problem)


def _removal_page(user_id: int, problem: InvalidInput | None = None) -> str:
    return render("editor/editor_remove.html", editor=_editor(user_id), problem=problem)


def _editor(user_id: int) -> Editor:
    for editor in list_editors(context(), current_principal()):
        if editor.id == user_id:
            return editor
    raise NotFound("This editor does not exist.", advice="They may have been removed.")


def _page(problem: NewsletterError | None = None) -> str:
    newsletters = show_newsletters(context(), current_principal())
    return render(
        "editor/editors.html",
        editors=list_editors(context(), current_principal()),
        me=current_editor(),
        newsletters=newsletters,
        names={one.id: one.name for one in newsletters},
        roles=list(Role),
        given=request.form,
        problem=problem,
        field_of_problem=getattr(problem, "field", ""),
        invitation_days=INVITATION_EXPIRY.days,
    )
