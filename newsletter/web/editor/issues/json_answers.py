"""Errors of a blueprint that speaks JSON: {error, message, advice}, whatever went wrong."""

from __future__ import annotations

import time

from flask import Blueprint, Response, jsonify, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError, ProgrammingError
from werkzeug.exceptions import HTTPException

from newsletter.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NewsletterError,
    NotFound,
    SecondFactorRequired,
)
from newsletter.domain.issues.issue_things import ThingGone
from newsletter.store.database import is_taken
from newsletter.web.editor.staff.access import is_signed_in, require_editor
from newsletter.web.shell import shell

LARGEST_JSON_BYTES = 2_500_000
"""The longest text and what it was before, in characters of three or four bytes."""

_STATUSES: tuple[tuple[type[NewsletterError], int, str], ...] = (
    (ThingGone, 410, "gone"),
    (SecondFactorRequired, 403, "second-factor-required"),
    (Forbidden, 403, "forbidden"),
    (NotFound, 404, "not-found"),
    (Conflict, 409, "closed"),
    (InvalidInput, 400, "invalid"),
)
_DISK_FULL = ("53100", "disk is full")

Answer = tuple[Response, int]


def answer_in_json(blueprint: Blueprint) -> None:
    """Every request of the blueprint needs a signed-in editor, and is answered in JSON."""
    blueprint.before_request(_require_session)
    require_editor(blueprint)
    blueprint.url_value_preprocessor(lambda *_: _limit_body())
    blueprint.register_error_handler(CSRFError, _csrf)
    blueprint.register_error_handler(NewsletterError, _newsletter_error)
    blueprint.register_error_handler(SecondFactorRequired, _newsletter_error)
    blueprint.register_error_handler(RateLimitExceeded, _too_often)
    blueprint.register_error_handler(413, _too_large)
    blueprint.register_error_handler(HTTPException, _http_error)
    for kind in (OperationalError, ProgrammingError, InterfaceError):
        blueprint.register_error_handler(kind, _database_trouble)
    blueprint.register_error_handler(IntegrityError, _taken)


def _limit_body() -> None:
    if is_signed_in():
        request.max_content_length = LARGEST_JSON_BYTES


def _require_session() -> Answer | None:
    return None if is_signed_in() else _signed_out()


def _signed_out() -> Answer:
    return _error(401, "signed-out", "You are signed out.", "Sign in again.")


def _csrf(_: CSRFError) -> Answer:
    if not is_signed_in():
        return _signed_out()
    return _error(400, "csrf", "This page is of an earlier session.", "Reload it.")


def _newsletter_error(error: NewsletterError) -> Answer:
    status, name = next(
        ((status, name) for kind, status, name in _STATUSES if isinstance(error, kind)),
        (503, "unavailable"),
    )
    return _error(status, name, error.message, error.advice)


def _too_often(_: RateLimitExceeded) -> Answer:
    limit = shell().limiter.current_limit
    wait = max(1, round(limit.reset_at - time.time())) if limit else 10
    answer, status = _error(429, "too-often", "Too many requests.", f"Wait {wait} seconds.")
    answer.headers["Retry-After"] = str(wait)
    return answer, status


def _too_large(_: HTTPException) -> Answer:
    return _error(413, "too-large", "This text is too large to be saved.", "Make it two.")


def _http_error(error: HTTPException) -> Answer | HTTPException:
    if (error.code or 500) < 400:
        return error
    name = {404: "not-found", 405: "invalid", 400: "invalid"}.get(error.code or 0, "unavailable")
    return _error(error.code or 500, name, error.name, "")


def _database_trouble(error: Exception) -> Answer:
    """Records the driver's error in the request's event."""
    cause = getattr(error, "orig", None)
    request.environ["newsletter.error"] = f"{type(error).__name__}: {cause}"
    if any(sign in f"{getattr(cause, 'sqlstate', '')} {cause}" for sign in _DISK_FULL):
        return _error(507, "disk-full", "The server’s disk is full.", "Your text is kept here.")
    return _error(503, "unavailable", "The server can’t save at the moment.", "")


def _taken(error: IntegrityError) -> Answer:
    """The page tries again, and finds what the other request has stored."""
    if not is_taken(error):
        raise error
    return _database_trouble(error)


def _error(status: int, name: str, message: str, advice: str) -> Answer:
    return jsonify(error=name, message=message, advice=advice), status
