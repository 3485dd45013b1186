"""A forgotten password: ask for the link, follow it, choose a new one."""

from __future__ import annotations

import time

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.domain.errors import InvalidInput, Misconfigured, NewsletterError
from newsletter.signing import InvalidToken
from newsletter.usecases.staff.passwords import SHORTEST_PASSWORD
from newsletter.usecases.staff.reset_password import (
    MayReset,
    begin_reset,
    check_reset_link,
    request_password_reset,
    require_may_reset,
    reset_password,
)
from newsletter.web.editor.staff import access
from newsletter.web.editor.staff.device_cookie import device_token, remember_device
from newsletter.web.even_time import even_out
from newsletter.web.shell import context, render, wakeups

BLUEPRINT = Blueprint("editor_password", __name__, url_prefix="/editor/password")
BLUEPRINT.after_request(access.forbid_caching)


@BLUEPRINT.get("")
def forgotten() -> str:
    return _ask()


@BLUEPRINT.post("")
def send() -> str | tuple[str, int]:
    """The answer is the same whether or not the address belongs to an editor."""
    started, address = time.monotonic(), request.form.get("address", "")
    try:
        outbox_ids = request_password_reset(context(), address)
    except InvalidInput as error:
        return _ask(error), 400
    except Misconfigured as error:
        return _ask(error), 503
    wakeups().outbox(outbox_ids)
    even_out(started)
    return render(
        "editor/password_sent.html", address=address, lasts=context().settings.sign_in_expiry
    )


@BLUEPRINT.get("/<token>")
def open_link(token: str) -> str | tuple[str, int]:
    """Mail scanners follow links, so only the button spends it."""
    try:
        check_reset_link(context(), token)
    except InvalidToken as error:
        return _ask(error), 410
    return render("editor/password_open.html")


@BLUEPRINT.post("/<token>")
def follow_link(token: str) -> Response | tuple[str, int]:
    try:
        found = begin_reset(context(), token)
    except InvalidToken as error:
        return _ask(error), 410
    if isinstance(found, MayReset):
        access.begin_new_password(found)
        return redirect(url_for("editor_password.new"), 303)
    access.begin_second_step(found, by_link=True)
    return redirect(url_for("editor_second_step.ask"), 303)


@BLUEPRINT.get("/new")
def new() -> str | Response | tuple[str, int]:
    may = access.may_reset()
    if may is None:
        return redirect(url_for("editor_password.forgotten"), 303)
    try:
        require_may_reset(context(), may)
    except InvalidToken as error:
        return _ask(error), 410
    return _choose()


@BLUEPRINT.post("/new")
def choose() -> Response | tuple[str, int]:
    may = access.may_reset()
    if may is None:
        return redirect(url_for("editor_password.forgotten"), 303)
    try:
        editor = reset_password(context(), may, request.form.get("password", ""), device_token())
    except InvalidToken as error:
        return _ask(error), 410
    except InvalidInput as error:
        return _choose(error), 400
    wakeups().outbox(editor.outbox_ids)
    access.sign_in(editor)
    remember_device(editor)
    flash("Your new password is in effect. Other browsers are signed out.", "good")
    return redirect(url_for("editor_home.home"), 303)


def _ask(problem: NewsletterError | None = None) -> str:
    address = request.form.get("address", "")
    return render("editor/password_forgotten.html", address=address, problem=problem)


def _choose(problem: InvalidInput | None = None) -> str:
    return render("editor/password_new.html", problem=problem, shortest=SHORTEST_PASSWORD)
