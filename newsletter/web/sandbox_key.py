"""Who may see the sandbox: a browser at this machine that opened the link of this start.

Peer and Host alone prove nothing: a web server on this machine that passes strangers on sends a
Host of 127.0.0.1 and may add no header.
"""

from __future__ import annotations

import hmac

from flask import request
from werkzeug.wrappers import Response

from newsletter.web.security import LOOPBACK_HOSTS, is_at_this_machine
from newsletter.web.shell import context

COOKIE = "newsletter_sandbox"


def is_sandbox_here() -> bool:
    """Never on a site with a public address, whatever else is set."""
    settings = context().settings
    return (
        settings.is_sandboxed
        and bool(settings.sandbox_key)
        and settings.public_host in LOOPBACK_HOSTS
        and is_at_this_machine()
    )


def is_sandbox_open() -> bool:
    """Whether this browser opened it with the key of this start."""
    return is_sandbox_here() and is_key(request.cookies.get(COOKIE, ""))


def is_key(given: str) -> bool:
    return hmac.compare_digest(given.encode(), context().settings.sandbox_key.encode())


def remember_key(response: Response) -> Response:
    key = context().settings.sandbox_key
    response.set_cookie(COOKIE, key, httponly=True, samesite="Lax")
    return response
