"""Unsubscribing: the one-click POST of mail programs [RFC 8058], and the page for people.

Any POST with a valid token unsubscribes, even an empty one. Subscribing again takes one button, but
a request to unsubscribe must never be missed.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from newsletter.signing import InvalidToken
from newsletter.usecases.readers.come_back import Returned, come_back, pause_instead
from newsletter.usecases.readers.unsubscribe import (
    Unsubscription,
    is_nobodys,
    show_unsubscribe,
    unsubscribe,
)
from newsletter.web.errors import Page
from newsletter.web.public.secrecy import guard_by_token, show_invalid_token
from newsletter.web.security import client_address
from newsletter.web.shell import context, render, wakeups

BLUEPRINT = Blueprint("public_leaving", __name__, template_folder="templates")
guard_by_token(BLUEPRINT)


@BLUEPRINT.get("/unsubscribe/<token>", strict_slashes=False)
def page(token: str) -> str:
    """Changes nothing, because scanners follow links. Its button does."""
    return _page(show_unsubscribe(context(), token))


@BLUEPRINT.post("/unsubscribe/<token>", strict_slashes=False)
def leave(token: str) -> Response | str:
    """Never redirects and sets no cookie: mail programs follow none and keep none."""
    if request.form.get("List-Unsubscribe") == "One-Click":
        if is_nobodys(context(), token):
            return _short("This link is the doctor's. It unsubscribes nobody.", 200)
        unsubscribe(context(), token, "one-click", client_address())
        # A farewell mail is left to the ticker: this needs nothing but the database.
        return _short("You are unsubscribed.", 200)
    how = "unsubscribe page" if "leave" in request.form else "POST without a form"
    leaving = unsubscribe(context(), token, how, client_address())
    wakeups().outbox(leaving.outbox_ids)
    return _page(leaving)


@BLUEPRINT.post("/return/<token>", strict_slashes=False)
def take_back(token: str) -> str:
    """The buttons of the page above: it shows and opens nothing personal."""
    if request.form.get("action") == "pause":
        return _returned(pause_instead(context(), token))
    return _returned(come_back(context(), token, client_address()))


@BLUEPRINT.errorhandler(InvalidToken)
def refuse(error: InvalidToken) -> Page | Response:
    if request.method == "POST" and "List-Unsubscribe" in request.form:
        return _short(f"{error.message} Nobody was unsubscribed.", 400)
    return show_invalid_token(error)


def _page(leaving: Unsubscription) -> str:
    return render(
        "public/leaving.html",
        profile=leaving.profile,
        leaving=leaving,
    )


def _returned(back: Returned) -> str:
    return render("public/returned.html", profile=back.profile, back=back)


def _short(text: str, status: int) -> Response:
    return Response(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
