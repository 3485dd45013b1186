"""Where mail providers tell what became of our mail. Machines only: no cookie, no form, no page."""

from __future__ import annotations

from flask import Blueprint, Response, request

from newsletter.net.hooks.request import HookRefused, HookRequest
from newsletter.usecases.feedback.take_hook import room_for, take_hook
from newsletter.web.security import CSRF
from newsletter.web.shell import context

BLUEPRINT = Blueprint("public_hooks", __name__)
CSRF.exempt(BLUEPRINT)


@BLUEPRINT.post("/hooks/<provider>", strict_slashes=False)
def take(provider: str) -> Response:
    """200 says that every event is stored."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    request.max_content_length = room_for(context(), provider, headers)
    new = take_hook(context(), provider, HookRequest(headers, request.get_data(cache=False)))
    return _short(f"Stored {new}.", 200)


@BLUEPRINT.errorhandler(HookRefused)
def refuse(error: HookRefused) -> Response:
    return _short(error.message, error.status)


def _short(text: str, status: int) -> Response:
    answer = Response(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    return answer
