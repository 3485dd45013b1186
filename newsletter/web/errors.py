"""Error pages. Each says what to do next."""

from __future__ import annotations

import time

from flask import Flask, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
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

Page = tuple[str, int, dict[str, str]]


def handle_errors(app: Flask) -> None:
    app.register_error_handler(NewsletterError, _show_newsletter_error)
    app.register_error_handler(RateLimitExceeded, _show_rate_limit)
    app.register_error_handler(CSRFError, show_csrf_error)
    app.register_error_handler(HTTPException, show_http_error)
    for kind in (OperationalError, ProgrammingError, InterfaceError):
        app.register_error_handler(kind, _show_database_trouble)


def error_page(
    status: int, *, title: str = "", message: str = "", advice: str = "", retry_after_s: int = 0
) -> Page:
    usual_title, usual_message, usual_advice = _WORDS.get(status, _BROKEN)
    page = render(
        "error.html",
        status=status,
        title=title or usual_title,
        message=message or usual_message,
        advice=advice or ("" if message else usual_advice),
    )
    headers = {"Cache-Control": "no-store"}
    if retry_after_s:
        headers["Retry-After"] = str(retry_after_s)
    return page, status, headers


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
