"""Signing in with a password or an emailed link, signing out, and the account page."""

from __future__ import annotations

import time
from contextlib import suppress

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.errors import InvalidInput, Misconfigured, NotFound
from newsletter.signing import InvalidToken
from newsletter.usecases.staff.confirm import needs_code
from newsletter.usecases.staff.passwords import SHORTEST_PASSWORD
from newsletter.usecases.staff.sessions import (
    end_own_other_sessions,
    end_own_session,
    list_sessions,
    sign_out_everywhere,
)
from newsletter.usecases.staff.sessions import sign_out as end_session
from newsletter.usecases.staff.sign_in import (
    Account,
    check_sign_in_link,
    request_sign_in_link,
    save_account,
    sign_in_with_link,
    sign_in_with_password,
)
from newsletter.web.editor.staff import access
from newsletter.web.editor.staff.device_cookie import device_token
from newsletter.web.editor.staff.kept_forms import kept_token, offer_kept_form
from newsletter.web.editor.staff.second_step import go_on_signed_in
from newsletter.web.editor.staff.sign_in_page import sign_in_page
from newsletter.web.even_time import even_out
from newsletter.web.security import CSRF
from newsletter.web.shell import context, render, wakeups

BLUEPRINT = Blueprint(
    "editor_sign_in",
    __name__,
    url_prefix="/editor",
)
BLUEPRINT.record_once(access.prepare)
BLUEPRINT.after_request(access.forbid_caching)
access.allow_long_posts(BLUEPRINT)
_ACCOUNT = "editor/account.html"


@BLUEPRINT.get("/sign-in")
def sign_in() -> str | Response:
    if access.is_signed_in():
        return redirect(access.safe_next(request.args.get("next")), 303)
    return sign_in_page()


@BLUEPRINT.post("/sign-in")
def sign_in_by_password() -> Response | str | tuple[str, int]:
    address = request.form.get("address", "")
    try:
        password = request.form.get("password", "")
        found = sign_in_with_password(context(), address, password, device_token())
    except InvalidInput as error:
        return sign_in_page(address=address, problem=error, kept=kept_token()), 400
    return go_on_signed_in(found)


@BLUEPRINT.post("/sign-in/link")
def send_link() -> str | tuple[str, int]:
    """The answer is the same whether or not the address belongs to an editor."""
    started, address = time.monotonic(), request.form.get("address", "")
    try:
        outbox_ids = request_sign_in_link(context(), address)
    except InvalidInput as error:
        return sign_in_page(address=address, link_problem=error, kept=kept_token()), 400
    except Misconfigured as error:
        return sign_in_page(address=address, link_problem=error, kept=kept_token()), 503
    wakeups().outbox(outbox_ids)
    even_out(started)
    return render(
        "editor/link_sent.html",
        address=address,
        lasts=context().settings.sign_in_expiry,
        kept=kept_token(),
    )


@BLUEPRINT.post("/sign-in/kept")
def go_on() -> str | Response | tuple[str, int]:
    """Signed in with a link in another tab, which made this one's token old. Changes nothing."""
    kept = kept_token()
    if not access.is_signed_in():
        return sign_in_page(kept=kept), 403
    return offer_kept_form(kept) if kept else redirect(url_for("editor_home.home"), 303)


CSRF.exempt(go_on)


@BLUEPRINT.get("/sign-in/<token>")
def open_link(token: str) -> str | tuple[str, int]:
    """Mail scanners follow links, so only the button signs in."""
    try:
        check_sign_in_link(context(), token)
    except InvalidToken as error:
        return sign_in_page(link_problem=error), 410
    return render("editor/link_open.html")


@BLUEPRINT.post("/sign-in/<token>")
def sign_in_by_link(token: str) -> Response | str | tuple[str, int]:
    try:
        found = sign_in_with_link(context(), token, device_token())
    except InvalidToken as error:
        return sign_in_page(link_problem=error), 410
    return go_on_signed_in(found, by_link=True)


@BLUEPRINT.post("/sign-out")
def sign_out() -> Response:
    if access.is_signed_in():
        end_session(context(), access.current_editor())
    access.sign_out()
    flash("Signed out.", "good")
    return redirect(url_for("editor_sign_in.sign_in"), 303)


@BLUEPRINT.route("/account", methods=["GET", "POST"])
def account() -> str | Response | tuple[str, int]:
    if not access.is_signed_in():
        return redirect(url_for("editor_sign_in.sign_in", next=request.path), 303)
    if request.method == "GET":
        return _account_page()
    return _save_account()


@BLUEPRINT.post("/account/sign-out-everywhere")
def everywhere() -> Response:
    if access.is_signed_in():
        sign_out_everywhere(context(), access.current_editor().id)
    access.sign_out()
    flash("Signed out everywhere.", "good")
    return redirect(url_for("editor_sign_in.sign_in"), 303)


@BLUEPRINT.post("/account/sessions/<reference>")
def end_one(reference: str) -> Response:
    if not access.is_signed_in():
        return redirect(url_for("editor_sign_in.sign_in"), 303)
    with suppress(NotFound):
        end_own_session(context(), access.current_editor(), reference)
    flash("That browser is signed out.", "good")
    return redirect(url_for(access.ACCOUNT_ENDPOINT), 303)


@BLUEPRINT.post("/account/sessions")
def end_others() -> Response:
    if not access.is_signed_in():
        return redirect(url_for("editor_sign_in.sign_in"), 303)
    end_own_other_sessions(context(), access.current_editor())
    flash("All other browsers are signed out.", "good")
    return redirect(url_for(access.ACCOUNT_ENDPOINT), 303)


def _save_account() -> Response | tuple[str, int]:
    before = access.current_editor()
    wanted = Account(
        **{k: request.form.get(k, "") for k in ("name", "address", "password", "current")},
        came_by_link=access.came_by_link(),
    )
    try:
        after = save_account(context(), before.id, wanted)
    except InvalidInput as error:
        return _account_page(wanted, error), 400
    wakeups().outbox(after.outbox_ids)
    if after.session_key:
        access.sign_in(after)
    flash("Saved." if before.is_set_up else "Welcome! Your account is ready.", "good")
    return redirect(url_for("editor_home.home"), 303)


def _account_page(wanted: Account | None = None, problem: InvalidInput | None = None) -> str:
    editor = access.current_editor()
    return render(
        _ACCOUNT,
        editor=editor,
        wanted=wanted or Account(editor.name, editor.address),
        came_by_link=access.came_by_link(),
        problem=problem,
        has_factor=needs_code(context(), editor.id),
        sessions=list_sessions(context(), editor),
        shortest=SHORTEST_PASSWORD,
    )
