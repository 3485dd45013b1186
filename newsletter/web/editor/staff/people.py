"""The people of a newsletter: their roles, and who is invited."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.errors import (
    Conflict,
    InvalidInput,
    LimitReached,
    Misconfigured,
    NewsletterError,
)
from newsletter.domain.staff.roles import Role
from newsletter.usecases.newsletters.show_newsletters import show_newsletter
from newsletter.usecases.staff.factor_required import (
    make_factor_optional,
    make_factor_required,
)
from newsletter.usecases.staff.invitations import (
    INVITATION_LIFETIME,
    invite,
    resend_invitation,
    withdraw_invitation,
)
from newsletter.usecases.staff.people import (
    change_role,
    hand_over,
    leave_newsletter,
    list_people,
    remove_person,
)
from newsletter.usecases.staff.sign_in import confirm_password
from newsletter.web.editor.staff.access import current_editor, current_principal, require_editor
from newsletter.web.editor.staff.once import once
from newsletter.web.shell import context, read_id, render, wakeups

BLUEPRINT = Blueprint("editor_people", __name__, url_prefix="/editor/newsletters/<slug>/people")
require_editor(BLUEPRINT)


@BLUEPRINT.get("")
def people(slug: str) -> str:
    return _page(slug)


@BLUEPRINT.post("")
@once
def send(slug: str) -> Response | tuple[str, int]:
    address = request.form.get("address", "")
    try:
        confirm_password(context(), current_editor().id, request.form.get("current", ""))
        outbox_ids = invite(context(), slug, address, _role(), current_principal())
    except (InvalidInput, Misconfigured) as error:
        return _page(slug, error), 400
    wakeups().outbox(outbox_ids)
    flash(f"An invitation is on its way to {address.strip()}.", "good")
    return _back(slug)


@BLUEPRINT.post("/<int:user_id>/role")
def change(slug: str, user_id: int) -> Response | tuple[str, int]:
    try:
        change_role(context(), slug, user_id, _role(), current_principal())
    except Conflict as error:
        return _page(slug, error), 409
    flash("The new role is in effect.", "good")
    return _back(slug)


@BLUEPRINT.post("/owner")
def give_away(slug: str) -> Response | tuple[str, int]:
    try:
        confirm_password(context(), current_editor().id, request.form.get("current", ""))
    except InvalidInput as error:
        return _page(slug, error), 400
    hand_over(context(), slug, read_id(request.form.get("user_id", "")) or 0, current_principal())
    flash("They own the newsletter now.", "good")
    return _back(slug)


@BLUEPRINT.post("/<int:user_id>/remove")
def remove(slug: str, user_id: int) -> Response | tuple[str, int]:
    try:
        name = remove_person(context(), slug, user_id, current_principal())
    except Conflict as error:
        return _page(slug, error), 409
    flash(f"{name} can no longer open this newsletter.", "good")
    return redirect(url_for("editor_home.home"), 303) if _is_me(user_id) else _back(slug)


@BLUEPRINT.post("/second-factor")
def require_factor(slug: str) -> Response | tuple[str, int]:
    try:
        make_factor_required(context(), slug, current_principal())
    except Conflict as error:
        return _page(slug, error), 409
    flash("From now on, this newsletter opens only to people with a second factor.", "good")
    return _back(slug)


@BLUEPRINT.post("/second-factor/stop")
def stop_requiring_factor(slug: str) -> Response | tuple[str, int]:
    try:
        confirm_password(context(), current_editor().id, request.form.get("stop", ""))
    except InvalidInput as error:
        return _page(slug, InvalidInput(error.message, field="stop")), 400
    make_factor_optional(context(), slug, current_principal())
    flash("This newsletter no longer requires a second factor.", "good")
    return _back(slug)


@BLUEPRINT.post("/leave")
def leave(slug: str) -> Response | tuple[str, int]:
    try:
        leave_newsletter(context(), slug, current_principal())
    except Conflict as error:
        return _page(slug, error), 409
    flash("You have left the newsletter.", "good")
    return redirect(url_for("editor_home.home"), 303)


@BLUEPRINT.post("/invited/<int:invitation_id>/again")
@once
def send_again(slug: str, invitation_id: int) -> Response | tuple[str, int]:
    try:
        outbox_ids = resend_invitation(context(), slug, invitation_id, current_principal())
    except LimitReached as error:
        return _page(slug, error), 429
    wakeups().outbox(outbox_ids)
    flash("Sent again. The link of the mail before has ended.", "good")
    return _back(slug)


@BLUEPRINT.post("/invited/<int:invitation_id>/withdraw")
def withdraw(slug: str, invitation_id: int) -> Response:
    address = withdraw_invitation(context(), slug, invitation_id, current_principal())
    flash(f"The invitation to {address} is withdrawn.", "good")
    return _back(slug)


def _role() -> Role:
    """Raises InvalidInput."""
    given = request.form.get("role", "")
    if given not in set(Role):
        raise InvalidInput("Choose a role.", field="role")
    return Role(given)


def _is_me(user_id: int) -> bool:
    return current_editor().id == user_id


def _back(slug: str) -> Response:
    return redirect(url_for("editor_people.people", slug=slug), 303)


def _page(slug: str, problem: NewsletterError | None = None) -> str:
    return render(
        "editor/people.html",
        profile=show_newsletter(context(), slug, current_principal()).profile,
        found=list_people(context(), slug, current_principal()),
        me=current_editor(),
        roles=list(Role),
        problem=problem,
        field_of_problem=getattr(problem, "field", ""),
        given=request.form,
        days=INVITATION_LIFETIME.days,
    )
