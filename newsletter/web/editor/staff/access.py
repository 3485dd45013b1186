"""Who is signed in: the session, and the check before every editor's page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, flash, redirect, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask_login import LoginManager, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from newsletter.domain.errors import SecondFactorRequired
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.said_times import said_time
from newsletter.domain.staff.permissions import is_allowed
from newsletter.domain.staff.principals import Principal
from newsletter.urls import editor_url
from newsletter.usecases.staff.editor import Editor
from newsletter.usecases.staff.reset_password import MayReset
from newsletter.usecases.staff.second_step import HalfSignedIn
from newsletter.usecases.staff.sessions import find_signed_in
from newsletter.web.editor.staff.challenges import passkey_origin
from newsletter.web.editor.staff.doors import require_for_page
from newsletter.web.editor.staff.kept_forms import is_known_browser, keep_form, offer_kept_form
from newsletter.web.editor.staff.sign_in_page import sign_in_page
from newsletter.web.errors import (
    Page,
    error_page,
    show_csrf_error,
    show_http_error,
    wants_json,
)
from newsletter.web.shell import context

LARGEST_UPLOAD_BYTES = 32_000_000
LARGEST_DIGEST_GROWTH = 3
"""Each byte of a digest may travel as three: %E2."""
ROOM_FOR_OTHER_FIELDS_BYTES = 1_000_000
MOST_FIELDS = 50_000
ACCOUNT_ENDPOINT = "editor_sign_in.account"
_LINK_USED_AT = "link_used_at"
_HALF = "half_signed_in"
_MAY_RESET = "may_reset"

View = TypeVar("View", bound=Callable[..., Any])


class _SignedIn:
    """What Flask-Login keeps of an editor: the id and the key of the session's row."""

    is_authenticated = is_active = True
    is_anonymous = False

    def __init__(self, editor: Editor) -> None:
        self.editor = editor

    def get_id(self) -> str:
        return f"{self.editor.id}.{self.editor.session_key}"


def current_editor() -> Editor:
    """Only on pages of a blueprint with `require_editor`."""
    editor: Editor = current_user.editor
    return editor


def current_principal() -> Principal:
    """The principal that use cases get. Only on pages of a blueprint with `require_editor`."""
    return replace(current_editor().principal, origin=context().origin())


def may(use_case: str, profile: NewsletterProfile | None = None) -> bool:
    """Whether the page should offer it; without a newsletter, for the server as a whole."""
    newsletter_id = profile.id if profile else None
    return is_signed_in() and is_allowed(current_principal(), use_case, newsletter_id)


def is_signed_in() -> bool:
    return bool(current_user.is_authenticated)


def require_editor(blueprint: Blueprint) -> None:
    """Every page of the blueprint needs a signed-in editor with an address and a password."""
    allow_long_posts(blueprint)
    blueprint.before_request(_ask_to_sign_in)
    blueprint.before_request(_check_permission)
    blueprint.after_request(forbid_caching)
    blueprint.register_error_handler(CSRFError, _keep_what_was_typed)
    blueprint.register_error_handler(SecondFactorRequired, _lead_to_second_factor)
    blueprint.register_error_handler(RequestEntityTooLarge, _say_what_is_too_large)


def allow_long_posts(blueprint: Blueprint) -> None:
    """Also for pages that ask to sign in: they carry on what was typed when the session ended."""
    blueprint.url_value_preprocessor(_allow_editors_long_posts)


def takes_uploads(view: View) -> View:
    """Marks a view whose form has a file, which is kept on disk while it is read."""
    view.takes_uploads = True  # type: ignore[attr-defined]
    return view


def sign_in(editor: Editor, *, by_link: bool = False) -> None:
    """Starts an empty session, so that none can be planted."""
    session.clear()
    session.permanent = True
    if by_link:
        session[_LINK_USED_AT] = context().now().timestamp()
    login_user(_SignedIn(editor))


def begin_second_step(half: HalfSignedIn, *, by_link: bool) -> None:
    """Nobody is signed in yet: the session holds only what the second step needs."""
    session.clear()
    session[_HALF] = [_as_cookie(half), by_link]


def half_signed_in() -> tuple[HalfSignedIn, bool] | None:
    """Who has taken the first step in this browser, and whether by a link."""
    if _HALF not in session:
        return None
    kept, by_link = session[_HALF]
    return _from_cookie(kept), by_link


def begin_new_password(may: MayReset) -> None:
    """Likewise: the session holds what choosing a new password needs."""
    session.clear()
    session[_MAY_RESET] = _as_cookie(may.begun)


def may_reset() -> MayReset | None:
    """Who may choose a new password in this browser."""
    return MayReset(_from_cookie(session[_MAY_RESET])) if _MAY_RESET in session else None


def _as_cookie(half: HalfSignedIn) -> list[Any]:
    return [half.user_id, half.stamp, half.how, half.began_at.isoformat()]


def _from_cookie(kept: list[Any]) -> HalfSignedIn:
    user_id, stamp, how, began_at = kept
    return HalfSignedIn(user_id, stamp, how, datetime.fromisoformat(began_at))


def came_by_link() -> bool:
    """Whether this session began a moment ago with a mailed link: its mailbox is proven."""
    used_at = session.get(_LINK_USED_AT)
    lasts = context().settings.sign_in_expiry.total_seconds()
    return used_at is not None and 0 <= context().now().timestamp() - used_at < lasts


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
    state.app.add_template_filter(said_time, "local_time")
    state.app.add_template_global(may)
    state.app.add_template_global(passkey_origin)


def forbid_caching(response: Response) -> Response:
    """So that neither a proxy nor the next person at this computer can see the page."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _load(session_id: str) -> _SignedIn | None:
    user_id, _, key = session_id.partition(".")
    editor = find_signed_in(context(), int(user_id), key) if user_id.isdigit() else None
    return _SignedIn(editor) if editor else None


def _ask_to_sign_in() -> BaseResponse | Page | None:
    if not is_signed_in():
        if wants_json():
            return error_page(
                401,
                title="Signed out",
                message="Your session has ended.",
                advice="Sign in in another tab, then try again.",
            )
        kept = keep_form() if request.method == "POST" else ""
        if kept:
            return Response(sign_in_page(kept=kept), status=403)
        wanted = request.full_path.rstrip("?") if request.method == "GET" else None
        return _go_to(url_for("editor_sign_in.sign_in", next=wanted))
    if not current_editor().is_set_up and request.endpoint != ACCOUNT_ENDPOINT:
        return _go_to(url_for(ACCOUNT_ENDPOINT))
    return None


def _check_permission() -> None:
    if current_editor().is_set_up:
        require_for_page(context(), current_principal())


def _lead_to_second_factor(error: SecondFactorRequired) -> Page | BaseResponse:
    """Of a newsletter that requires one. What was posted is still in the form."""
    if request.method != "GET" or wants_json():
        return error_page(403, message=error.message, advice=error.advice)
    flash(f"{error.message} Set one up here first.", "bad")
    return _go_to(url_for("editor_factors.factors"))


def _keep_what_was_typed(error: CSRFError) -> Page | tuple[str, int]:
    """The form is of an older session: signed out in another tab, or signed in there again."""
    kept = "" if wants_json() else keep_form()
    if not kept:
        return show_csrf_error(error)
    if not is_signed_in():
        return sign_in_page(kept=kept), 403
    return offer_kept_form(kept), 400


def _say_what_is_too_large(error: RequestEntityTooLarge) -> Page | BaseResponse:
    """Nothing was read, so nothing can be offered again; the browser still has it."""
    if not is_signed_in():
        return error_page(
            413,
            title="You are signed out",
            message="What you sent is too large to be read before you have signed in.",
            advice="Go back: what you typed is still in the form. Sign in in another tab, then "
            "send the form again.",
        )
    limit_bytes = request.max_content_length or 0
    if (request.content_length or 0) <= limit_bytes:
        return show_http_error(error)
    return error_page(
        413,
        message=f"What you sent is larger than {limit_bytes / 1e6:.0f} MB, the limit of this page.",
        advice="Go back: what you typed is still in the form. Split it in two, then send it again.",
    )


def _go_to(url: str) -> BaseResponse:
    """Htmx would put the sign-in page into a part of this one, so it gets a redirect header."""
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": url})
    return redirect(url, 303)


def _allow_editors_long_posts(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Digests are long. Runs before anything reads the form, the check of its token included.

    Without a session the limits of strangers hold, so that nothing large is read for nobody; but
    what an editor wrote is kept when the session has ended meanwhile.
    """
    if request.method != "POST" or not (is_signed_in() or is_known_browser()):
        return
    digest_bytes = context().settings.max_digest_bytes * LARGEST_DIGEST_GROWTH
    request.max_form_memory_size = digest_bytes + ROOM_FOR_OTHER_FIELDS_BYTES
    request.max_content_length = request.max_form_memory_size
    request.max_form_parts = MOST_FIELDS
    view = current_app.view_functions[request.endpoint or ""]
    if getattr(view, "takes_uploads", False):
        request.max_content_length = max(LARGEST_UPLOAD_BYTES, request.max_content_length)
