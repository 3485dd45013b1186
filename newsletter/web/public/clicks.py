"""The links of issues: leads on to the editor's link, and notes the click without waiting.

`ClickDoor` stands in front of Flask, as the static files do: a session, limits and hooks would take
most of the time of a redirect. What leads nowhere goes on to the page below.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Blueprint
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.urls import iri_to_uri

from newsletter.domain.clicks.click_rules import sign_of
from newsletter.domain.errors import NotFound
from newsletter.spool.clicks import ClickBuffer, NotedClick
from newsletter.urls import read_click_path
from newsletter.usecases.archive.read_archive import public_newsletters
from newsletter.usecases.clicks.follow_link import Followed, follow_link
from newsletter.usecases.context import Context
from newsletter.web.security import strict_transport
from newsletter.web.shell import context, render, shell

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BLUEPRINT = Blueprint("public_clicks", __name__, template_folder="templates")

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_METHODS = frozenset({"GET", "HEAD"})
_PURPOSES = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_MOZ")
_FOUND = "302 Found"
"""No browser remembers it."""


class ClickDoor:
    """Wrap it before the middleware that finds out the client's address."""

    def __init__(self, app: WSGIApplication, context: Context, clicks: ClickBuffer) -> None:
        self._app = app
        self._context = context
        self._clicks = clicks
        self._headers = [
            *HEADERS.items(),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Length", "0"),
            *strict_transport(context.settings).items(),
        ]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        found = self._find(environ)
        if found is None:
            return self._app(environ, start_response)
        self._clicks.add(_noted(self._context, found, environ))
        start_response(_FOUND, [("Location", _location(found.url)), *self._headers])
        return ()

    def _find(self, environ: WSGIEnvironment) -> Followed | None:
        """None also while the database is away: Flask says so."""
        asked = read_click_path(environ.get("PATH_INFO", ""))
        if asked is None or environ["REQUEST_METHOD"] not in _METHODS:
            return None
        try:
            return follow_link(self._context, *asked)
        except (NotFound, SQLAlchemyError):
            return None


@BLUEPRINT.get("/c/<token>/<int:number>")
def follow(token: str, number: int) -> tuple[str, int, dict[str, str]]:
    """Who tries many is asked to wait: a token is short."""
    try:
        follow_link(context(), token, number)
    except NotFound as error:
        with shell().limiter.limit(context().settings.unknown_link_limit):
            newsletters = public_newsletters(context())
            page = render("public/lost_link.html", error=error, newsletters=newsletters)
            return page, 404, HEADERS
    raise NotFound("This link has just been found.", advice="Open it again.")


_location = lru_cache(maxsize=4096)(iri_to_uri)
"""It takes a quarter of a redirect, and the addresses are few."""


def _noted(context: Context, found: Followed, environ: dict[str, Any]) -> NotedClick:
    """What the request shows is judged here. Neither address nor user agent goes any further."""
    now, address = context.now(), environ.get("REMOTE_ADDR") or "unknown"
    sign = sign_of(
        environ["REQUEST_METHOD"],
        environ.get("HTTP_USER_AGENT", ""),
        " ".join(environ.get(name, "") for name in _PURPOSES),
        address,
        context.settings.click_machine_networks,
    )
    return NotedClick(
        id=secrets.randbits(63),
        edition_id=found.edition_id,
        number=found.number,
        subscriber_id=found.subscriber_id,
        at=now,
        client=context.signer.daily_hash(address, now.toordinal()),
        sign=sign.value if sign else "",
    )
