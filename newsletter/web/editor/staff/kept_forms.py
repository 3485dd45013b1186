"""What was typed on a page whose session has ended: the answer keeps it, and offers it again.

A signed token carries it from page to page. It is stored nowhere: not on the server, not in a
cookie. Only a form of one of our own pages is kept, and only a button submits it again, so no
other site can fill in a form here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import current_app, request

from newsletter.signing import InvalidToken, KeptForm
from newsletter.usecases.staff.devices import is_any_device
from newsletter.web.editor.staff.device_cookie import device_token
from newsletter.web.shell import context, render

View = TypeVar("View", bound=Callable[..., Any])

_OURS = ("csrf_token", "once")


def keeps_text(view: View) -> View:
    """Marks a view whose form holds writing that nobody should have to type twice."""
    view.keeps_text = True  # type: ignore[attr-defined]
    return view


def keep_form() -> str:
    """The token of the posted form. "" where there is nothing to keep, or it isn't our page's."""
    view = current_app.view_functions[request.endpoint or ""]
    if not (getattr(view, "keeps_text", False) and _comes_from_here()):
        return ""
    typed = request.form.items(multi=True)
    fields = tuple((name, text) for name, text in typed if name not in _OURS)
    return context().signer.sign_kept_form(KeptForm(request.path, fields))


def kept_token() -> str:
    """The one that this request carries. "" if it has none, or one that is no longer good."""
    token = request.form.get("kept", "")
    return token if token and _comes_from_here() and _read(token) else ""


def offer_kept_form(token: str) -> str:
    """The page with the button that submits it again."""
    kept = _read(token)
    return render("editor/kept_form.html", kept=kept)


def is_known_browser() -> bool:
    """An editor has signed in with it: its posts may be long although the session has ended."""
    return is_any_device(context(), device_token())


def _read(token: str) -> KeptForm | None:
    try:
        return context().signer.read_kept_form(token, context().settings.session_lifetime)
    except InvalidToken:
        return None


def _comes_from_here() -> bool:
    """Browsers say where a form was; a request that doesn't say is not one of a form of ours."""
    origin = request.headers.get("Origin", "")
    if urlsplit(origin).netloc == request.host:
        return True
    return request.headers.get("Sec-Fetch-Site") == "same-origin"
