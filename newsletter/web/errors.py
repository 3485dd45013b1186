"""Error pages. Each says what to do next.

An editor's page keeps its frame, a script gets the same words as JSON.
"""

from __future__ import annotations

import json
import time
from urllib.parse import urlsplit

from flask import Flask, request
from flask_limiter import RateLimitExceeded
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from newsletter.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    LimitReached,
    Misconfigured,
    NewsletterError,
    NotFound,
)
from newsletter.store.database import is_taken
from newsletter.urls import editor_url
from newsletter.web.shell import render, shell

_WORDS = {
    400: (
        "That didn't work",
        "We couldn't understand the request.",
        "Go back, reload the page and try again.",
    ),
    403: ("No access", "You don't have access to this page.", "Sign in with an account that does."),
    404: (
        "Page not found",
        "There is no page at this address.",
        "Check the address, or start from the front page.",
    ),
    405: (
        "Not supported",
        "This page doesn't accept this kind of request.",
        "Open it in a browser and use the buttons on the page.",
    ),
    409: (
        "Changed meanwhile",
        "Someone else changed this since you opened it.",
        "Go back, reload the page and look at what is there now.",
    ),
    413: ("Too large", "The request is too large.", "Send less at once."),
    429: ("Too many attempts", "You have tried this too often.", "Wait a while, then try again."),
    503: (
        "Temporarily unavailable",
        "The service can't reach its database or can't write to it, or it needs an upgrade.",
        "Try again soon. If you run this service, check /readyz.",
    ),
}
_BROKEN = (
    "Something went wrong",
    "This is our fault. We have recorded it.",
    "Try again in a moment. No change was left half done.",
)
_STATUSES: tuple[tuple[type[NewsletterError], int], ...] = (
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (LimitReached, 429),
    (Misconfigured, 503),
    (InvalidInput, 400),
)

_EDITORS_PAGES = editor_url("")

Page = tuple[str, int, dict[str, str]]


def handle_errors(app: Flask) -> None:
    app.register_error_handler(NewsletterError, _show_newsletter_error)
    app.register_error_handler(RateLimitExceeded, _show_rate_limit)
    app.register_error_handler(CSRFError, show_csrf_error)
    app.register_error_handler(HTTPException, show_http_error)
    for kind in (OperationalError, ProgrammingError, InterfaceError):
        app.register_error_handler(kind, _show_database_trouble)
    app.register_error_handler(IntegrityError, _show_what_was_taken)


def error_page(
    status: int, *, title: str = "", message: str = "", advice: str = "", retry_after_s: int = 0
) -> Page:
    usual_title, usual_message, usual_advice = _WORDS.get(status, _BROKEN)
    words = {
        "title": title or usual_title,
        "message": message or usual_message,
        "advice": advice or ("" if message else usual_advice),
    }
    headers = {"Cache-Control": "no-store"}
    if retry_after_s:
        headers["Retry-After"] = str(retry_after_s)
    if wants_json():
        headers["Content-Type"] = "application/json"
        return json.dumps(words), status, headers
    return _page(status, words), status, headers


def wants_json() -> bool:
    """Whether a script asks, that says so or sends JSON itself."""
    accepted = request.accept_mimetypes.best_match(("text/html", "application/json"))
    return accepted == "application/json" or request.mimetype == "application/json"


def _page(status: int, words: dict[str, str]) -> str:
    """Readers' pages are the same for all. The frame needs the database, so it can fail as well."""
    try:
        if _is_inside() and status != 503:
            return render("editor/error.html", status=status, came_from=_came_from(), **words)
    except SQLAlchemyError:
        request.environ.setdefault("newsletter.error", "The frame of the error page failed.")
    return render("error.html", status=status, **words)


def _is_inside() -> bool:
    """Whether it is an editor who is signed in, on one of their pages."""
    if not request.path.startswith(_EDITORS_PAGES) or not current_user.is_authenticated:
        return False
    return bool(current_user.editor.is_set_up)


def _came_from() -> str:
    """The editor's page that led here: its path, or "". Never an address elsewhere."""
    before = urlsplit(request.referrer or "")
    is_ours = before.netloc == request.host and before.path.startswith(_EDITORS_PAGES)
    if not is_ours or before.path == request.path:
        return ""
    return f"{before.path}?{before.query}" if before.query else before.path


def _show_newsletter_error(error: NewsletterError) -> Page:
    status = next((s for kind, s in _STATUSES if isinstance(error, kind)), 400)
    wait = error.retry_after_s if isinstance(error, LimitReached) else 0
    return error_page(status, message=error.message, advice=error.advice, retry_after_s=wait)


def _show_rate_limit(_error: RateLimitExceeded) -> Page:
    limit = shell().limiter.current_limit
    wait = max(1, round(limit.reset_at - time.time())) if limit else 60
    minutes = -(-wait // 60)
    advice = f"Wait {minutes} minute{'s' if minutes > 1 else ''}, then try again."
    return error_page(429, advice=advice, retry_after_s=wait)


def show_csrf_error(_error: CSRFError) -> Page:
    return error_page(
        400,
        title="Send the form again",
        message="The form was open too long, or your browser blocks cookies for this site.",
        advice="Go back, reload the page and send it again. Nothing was changed.",
    )


def show_http_error(error: HTTPException) -> Page | Response:
    status = error.code or 500
    if status < 400:  # a redirect raised as an exception
        return error.get_response()
    page, status, headers = error_page(status)
    if status == 405 and error.get_response().headers.get("Allow"):
        headers["Allow"] = error.get_response().headers["Allow"]
    return page, status, headers


def _show_database_trouble(error: Exception) -> Page:
    """Records the driver's error in the request's event. Readers don't see it."""
    request.environ["newsletter.error"] = f"{type(error).__name__}: {getattr(error, 'orig', '')}"
    return error_page(503, retry_after_s=30)


def _show_what_was_taken(error: IntegrityError) -> Page:
    """Two requests stored the same at the same moment, and this one came second."""
    if not is_taken(error):
        raise error
    request.environ["newsletter.error"] = f"{type(error).__name__}: {error.orig}"
    return error_page(409)
