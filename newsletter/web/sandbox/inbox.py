"""The sandbox inbox. It holds sign-in links, so it is open only to who started the service."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Blueprint, Response, flash, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from newsletter.runtime.sandbox.inbox import (
    clear,
    count_messages,
    list_messages,
    read_message,
    read_source,
)
from newsletter.runtime.sandbox.reports import ComesBack, report_about
from newsletter.runtime.sandbox.simulator import SIMULATED_DOMAIN
from newsletter.usecases.feedback.store_arrivals import store_arrivals
from newsletter.web.sandbox_key import is_key, is_sandbox_here, is_sandbox_open, remember_key
from newsletter.web.shell import context, render

BLUEPRINT = Blueprint("sandbox", __name__, url_prefix="/sandbox", template_folder="templates")

PAGE_LENGTH = 50
VIEWS = ("html", "text", "headers", "source")
FRAME_POLICY = (
    "default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""An email runs nothing, but its links open in a new tab, as in a mail program."""
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)


@BLUEPRINT.before_request
def require_sandbox_access() -> BaseResponse | None:
    """404 for everyone except the browser that opened the link printed at the start."""
    if is_sandbox_here() and is_key(request.args.get("key", "")):
        return remember_key(redirect(url_for("sandbox.inbox"), 303))
    if not is_sandbox_open():
        raise NotFound
    return None


@BLUEPRINT.after_request
def forbid_caching(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@BLUEPRINT.get("/", strict_slashes=False)
def inbox() -> str:
    recipient = request.args.get("recipient", "").strip()
    before = request.args.get("before", "")
    found = list_messages(_inbox(), limit=PAGE_LENGTH + 1, before=before, recipient=recipient)
    shown = found[:PAGE_LENGTH]
    return render(
        "sandbox/inbox.html",
        messages=shown,
        total=count_messages(_inbox()),
        recipient=recipient,
        simulated_domain=SIMULATED_DOMAIN,
        before=before,
        older=shown[-1].id if len(found) > PAGE_LENGTH else "",
    )


@BLUEPRINT.get("/<message_id>")
def message(message_id: str) -> str:
    found = read_message(_inbox(), message_id)
    wanted = request.args.get("view", "")
    usual = "html" if found.html else "text"
    return render(
        "sandbox/message.html",
        message=found,
        views=[view for view in VIEWS if view != "html" or found.html],
        view=wanted if wanted in VIEWS else usual,
    )


@BLUEPRINT.get("/<message_id>/html")
def frame(message_id: str) -> Response:
    """The mail itself, in a frame of the page above."""
    response = Response(_open_links_outside(read_message(_inbox(), message_id).html))
    response.headers["Content-Security-Policy"] = FRAME_POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@BLUEPRINT.get("/<message_id>.eml")
def source(message_id: str) -> Response:
    """The file as it arrived."""
    response = Response(read_source(_inbox(), message_id), content_type="message/rfc822")
    response.headers["Content-Disposition"] = f'attachment; filename="{message_id}.eml"'
    return response


@BLUEPRINT.post("/<message_id>/return")
def send_back(message_id: str) -> BaseResponse:
    """As if another mail server wrote about it; judged within seconds, as all that comes back."""
    what = request.form.get("what", "")
    if what not in set(ComesBack):
        raise NotFound
    source, mail = read_source(_inbox(), message_id), read_message(_inbox(), message_id).summary
    for recipient in mail.recipients:
        report = report_about(source, mail.sender, recipient, ComesBack(what))
        store_arrivals(context(), [report])
    flash("Sent back. In a few seconds the issue and the subscriber show it.", "success")
    return redirect(url_for("sandbox.message", message_id=message_id), 303)


@BLUEPRINT.post("/clear")
def clear_inbox() -> BaseResponse:
    removed = clear(_inbox())
    flash(f"{removed} message{'' if removed == 1 else 's'} deleted.", "success")
    return redirect(url_for("sandbox.inbox"), 303)


def _inbox() -> Path:
    return context().settings.sandbox_dir


def _open_links_outside(html: str) -> str:
    target = '<base target="_blank">'
    head = _HEAD.search(html)
    at = head.end() if head else 0
    return html[:at] + target + html[at:]
