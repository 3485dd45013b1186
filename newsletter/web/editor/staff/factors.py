"""The page of an editor's second factors, and the one that asks for them again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.errors import Conflict, InvalidInput, LimitReached, NewsletterError, NotFound
from newsletter.usecases.staff.confirm import confirm_session, is_confirmed, needs_code
from newsletter.usecases.staff.passkeys import (
    add_passkey,
    ask_new_passkey,
    ask_passkey,
    confirm_with_passkey,
    remove_passkey,
)
from newsletter.usecases.staff.second_factors import (
    Added,
    add_app,
    list_factors,
    offer_app,
    remove_app,
    renew_recovery_codes,
)
from newsletter.web.editor.staff.access import current_editor, require_editor, safe_next
from newsletter.web.editor.staff.challenges import answer_with, given_answer, taken_challenge
from newsletter.web.editor.staff.qr_code import qr_code
from newsletter.web.shell import context, render, wakeups

BLUEPRINT = Blueprint("editor_factors", __name__, url_prefix="/editor/account/second-factor")
require_editor(BLUEPRINT)

View = Callable[..., Any]


def asks_again(view: View) -> View:
    """Only for an editor who has just shown all their factors. What was posted is pressed again."""

    @wraps(view)
    def asking(**values: Any) -> Any:
        if is_confirmed(context(), current_editor()):
            return view(**values)
        wanted = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("editor_factors.confirm", next=wanted), 303)

    return asking


@BLUEPRINT.get("")
def factors() -> str:
    return _page()


@BLUEPRINT.get("/app")
@asks_again
def app() -> str:
    return _app_page()


@BLUEPRINT.post("/app")
@asks_again
def add() -> str | tuple[str, int]:
    sealed = request.form.get("sealed", "")
    try:
        added = add_app(context(), current_editor(), sealed, request.form.get("code", ""))
    except InvalidInput as error:
        return _app_page(error, sealed), 400
    except Conflict as error:
        return _page(error), 409
    wakeups().outbox(added.outbox_ids)
    flash(f"The app is set up. From now on, signing in asks for its code.{_ended(added)}", "good")
    return _codes_page(added.codes) if added.codes else _page()


@BLUEPRINT.post("/app/remove")
@asks_again
def remove() -> Response | tuple[str, int]:
    try:
        outbox_ids = remove_app(context(), current_editor(), request.form.get("current", ""))
    except InvalidInput as error:
        return _page(error), 400
    except NotFound as error:
        return _page(error), 404
    wakeups().outbox(outbox_ids)
    flash("The app is removed. Its codes no longer work.", "good")
    return _back()


@BLUEPRINT.get("/passkeys/new")
@asks_again
def new_key() -> str:
    return _new_key_page()


@BLUEPRINT.get("/passkeys/options")
@asks_again
def ask_new_key() -> Response:
    return answer_with(ask_new_passkey(context(), current_editor()))


@BLUEPRINT.post("/passkeys")
@asks_again
def add_key() -> str | Response | tuple[str, int]:
    name = request.form.get("name", "")
    try:
        challenge, answer = taken_challenge(), given_answer()
        added = add_passkey(context(), current_editor(), challenge, answer, name)
    except InvalidInput as error:
        return _new_key_page(error), 400
    except Conflict as error:
        return _page(error), 409
    wakeups().outbox(added.outbox_ids)
    flash(f"The passkey is added. You can sign in with it.{_ended(added)}", "good")
    return _codes_page(added.codes) if added.codes else _back()


@BLUEPRINT.post("/passkeys/<int:passkey_id>/remove")
@asks_again
def remove_key(passkey_id: int) -> Response | tuple[str, int]:
    password = request.form.get("current", "")
    try:
        outbox_ids = remove_passkey(context(), current_editor(), passkey_id, password)
    except InvalidInput as error:
        return _page(error), 400
    except NotFound as error:
        return _page(error), 404
    wakeups().outbox(outbox_ids)
    flash("The passkey is removed. Delete it on your device as well.", "good")
    return _back()


@BLUEPRINT.post("/codes")
@asks_again
def codes() -> str | tuple[str, int]:
    try:
        made = renew_recovery_codes(context(), current_editor())
    except Conflict as error:
        return _page(error), 409
    wakeups().outbox(made.outbox_ids)
    return _codes_page(made.codes)


@BLUEPRINT.get("/confirm")
def confirm() -> str:
    return _confirm_page()


@BLUEPRINT.post("/confirm")
def take_confirmation() -> Response | tuple[str, int]:
    password, code = request.form.get("current", ""), request.form.get("code", "")
    try:
        confirm_session(context(), current_editor(), password, code)
    except InvalidInput as error:
        return _confirm_page(error), 400
    except LimitReached as error:
        return _confirm_page(error), 429
    return redirect(_after_confirming(), 303)


@BLUEPRINT.get("/confirm/options")
def ask_to_confirm() -> Response:
    return answer_with(ask_passkey(context(), "confirm", current_editor().id))


@BLUEPRINT.post("/confirm/passkey")
def confirm_by_passkey() -> Response | tuple[str, int]:
    try:
        confirm_with_passkey(context(), current_editor(), taken_challenge(), given_answer())
    except InvalidInput as error:
        return _confirm_page(error), 400
    return redirect(_after_confirming(), 303)


def _after_confirming() -> str:
    given = request.form.get("next")
    return safe_next(given) if given else url_for("editor_factors.factors")


def _ended(added: Added) -> str:
    """Codes come with the first factor."""
    return " Other browsers are signed out." if added.codes else ""


def _page(problem: NewsletterError | None = None) -> str:
    return render(
        "editor/second_factor.html",
        factors=list_factors(context(), current_editor()),
        problem=problem,
    )


def _app_page(problem: InvalidInput | None = None, sealed: str = "") -> str:
    try:
        offered = offer_app(context(), current_editor(), sealed)
    except InvalidInput:
        offered = offer_app(context(), current_editor())
    return render(
        "editor/second_factor_app.html", offered=offered, qr=qr_code(offered.uri), problem=problem
    )


def _codes_page(codes: tuple[str, ...]) -> str:
    """Only in the answer to the request that made them: no page shows them again."""
    return render("editor/recovery_codes.html", codes=codes)


def _new_key_page(problem: InvalidInput | None = None) -> str:
    return render("editor/passkey_new.html", problem=problem)


def _back() -> Response:
    return redirect(url_for("editor_factors.factors"), 303)


def _confirm_page(problem: NewsletterError | None = None) -> str:
    return render(
        "editor/confirm.html",
        problem=problem,
        needs_code=needs_code(context(), current_editor().id),
        has_passkey=list_factors(context(), current_editor()).has_passkey,
        next=request.form.get("next") or request.args.get("next") or "",
    )
