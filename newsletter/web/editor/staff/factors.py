"""The page of an editor's second factors, and the one that asks for them again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.errors import Conflict, InvalidInput, LimitReached, NewsletterError, NotFound
from newsletter.usecases.staff.confirm import confirm_session, is_confirmed, needs_code
from newsletter.usecases.staff.second_factors import (
    add_app,
    list_factors,
    offer_app,
    remove_app,
    renew_recovery_codes,
)
from newsletter.web.editor.staff.access import current_editor, require_editor, safe_next
from newsletter.web.editor.staff.qr_code import qr_code
from newsletter.web.shell import context, render, wakeups

BLUEPRINT = Blueprint("editor_factors", __name__, url_prefix="/editor/account/second-factor")
require_editor(BLUEPRINT)

View = Callable[..., Any]


def asks_again(view: View) -> View:
    """Only for who has shown all their factors a moment ago. What was posted is pressed again."""

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
    flash("The app is set up. From now on, signing in asks for its code.", "good")
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
    return redirect(url_for("editor_factors.factors"), 303)


@BLUEPRINT.post("/codes")
@asks_again
def codes() -> str | tuple[str, int]:
    try:
        return _codes_page(renew_recovery_codes(context(), current_editor()))
    except Conflict as error:
        return _page(error), 409


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


def _after_confirming() -> str:
    given = request.form.get("next")
    return safe_next(given) if given else url_for("editor_factors.factors")


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


def _confirm_page(problem: NewsletterError | None = None) -> str:
    return render(
        "editor/confirm.html",
        problem=problem,
        needs_code=needs_code(context(), current_editor().id),
        next=request.form.get("next") or request.args.get("next") or "",
    )
