"""What a request says about itself, as against what a header of its claims.

Gunicorn lets any peer on this machine move the application to another path and scheme, and a proxy
may hand on such headers from strangers: rules of the proxy for a path are then passed by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

_SCHEME_HEADERS = (
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_PROTOCOL",
    "HTTP_X_FORWARDED_SSL",
)


class FirstHand:
    """WSGI middleware. Around ProxyFix, which then believes the proxies that are trusted."""

    def __init__(self, app: Callable[..., Iterable[bytes]], public_url: str) -> None:
        self._app = app
        self._mounted_at = urlsplit(public_url).path

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        mounted_at = environ.get("SCRIPT_NAME", "")
        if mounted_at not in ("", self._mounted_at):
            environ["SCRIPT_NAME"] = ""
            environ["PATH_INFO"] = mounted_at + environ.get("PATH_INFO", "")
        if any(name in environ for name in _SCHEME_HEADERS):
            environ["wsgi.url_scheme"] = "http"
        return self._app(environ, start_response)
