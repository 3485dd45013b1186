"""Who is signed in: the session, and the check before every editor's page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, redirect, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask_login import LoginManager, current_user, login_user, logout_user
from werkzeug.wrappers import Response as BaseResponse

from newsletter.domain.principals import Principal
from newsletter.urls import editor_url
from newsletter.usecases.staff.sign_in import Editor, find_signed_in
from newsletter.web.shell import context

LARGEST_UPLOAD_BYTES = 32_000_000
LARGEST_DIGEST_GROWTH = 3
"""Each byte of a digest may travel as three: %E2."""
ROOM_FOR_OTHER_FIELDS_BYTES = 1_000_000
MOST_FIELDS = 50_000
ACCOUNT_ENDPOINT = "editor_sign_in.account"

View = TypeVar("View", bound=Callable[..., Any])


class _SignedIn:
    """What Flask-Login keeps of an editor: the id and the stamp, which a new password changes."""

    is_authenticated = is_active = True
    is_anonymous = False

    def __init__(self, editor: Editor) -> None:
        self.editor = editor

    def get_id(self) -> str:
        return f"{self.editor.id}.{self.editor.session_stamp}"


def current_editor() -> Editor:
    """Only on pages of a blueprint with `require_editor`."""
    editor: Editor = current_user.editor
    return editor


def current_principal() -> Principal:
    """Who the use cases are told is asking. Only on pages of a blueprint with `require_editor`."""
    return current_editor().principal


def is_signed_in() -> bool:
    return bool(current_user.is_authenticated)


def require_editor(blueprint: Blueprint) -> None:
    """Every page of the blueprint needs a signed-in editor with an address and a password."""
    blueprint.url_value_preprocessor(_allow_editors_long_posts)
    blueprint.before_request(_ask_to_sign_in)
    blueprint.after_request(forbid_caching)


def takes_uploads(view: View) -> View:
    """Marks a view whose form has a file, which is kept on disk while it is read."""
    view.takes_uploads = True  # type: ignore[attr-defined]
    return view


def sign_in(editor: Editor) -> None:
    """Starts an empty session, so that none can be planted."""
    session.clear()
    session.permanent = True
    login_user(_SignedIn(editor))


def sign_out() -> None:
    logout_user()
    session.clear()


def safe_next(target: str | None) -> str:
    """Where to go after signing in: always one of our own pages."""
    home = url_for("editor_home.home")
    if not target or "\\" in target or any(ord(character) < 33 for character in target):
        return home
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not parts.path.startswith(editor_url("")):
        return home
    return target


def prepare(state: BlueprintSetupState) -> None:
    """Recorded once by the sign-in pages."""
    manager = LoginManager(state.app)
    manager.session_protection = None  # It binds to the client's address, which phones change.
    manager.user_loader(_load)
    state.app.add_template_filter(local_time, "local_time")


def local_time(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%a %-d %b %Y, %H:%M}"


def forbid_caching(response: Response) -> Response:
    """So that neither a proxy nor the next person at this computer can see the page."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _load(session_id: str) -> _SignedIn | None:
    user_id, _, stamp = session_id.partition(".")
    editor = find_signed_in(context(), int(user_id), stamp) if user_id.isdigit() else None
    return _SignedIn(editor) if editor else None


def _ask_to_sign_in() -> BaseResponse | None:
    if not is_signed_in():
        wanted = request.full_path.rstrip("?") if request.method == "GET" else None
        return _go_to(url_for("editor_sign_in.sign_in", next=wanted))
    if not current_editor().is_set_up and request.endpoint != ACCOUNT_ENDPOINT:
        return _go_to(url_for(ACCOUNT_ENDPOINT))
    return None


def _go_to(url: str) -> BaseResponse:
    """Htmx would put the sign-in page into a part of this one, so it gets a redirect header."""
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": url})
    return redirect(url, 303)


def _allow_editors_long_posts(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Digests are long. Runs before anything reads the form, the check of its token included.

    Without a session the limits of strangers hold, so that nothing large is read for nobody.
    """
    if request.method != "POST" or not is_signed_in():
        return
    digest_bytes = context().settings.max_digest_bytes * LARGEST_DIGEST_GROWTH
    request.max_form_memory_size = digest_bytes + ROOM_FOR_OTHER_FIELDS_BYTES
    request.max_content_length = request.max_form_memory_size
    request.max_form_parts = MOST_FIELDS
    view = current_app.view_functions[request.endpoint or ""]
    if getattr(view, "takes_uploads", False):
        request.max_content_length = max(LARGEST_UPLOAD_BYTES, request.max_content_length)
