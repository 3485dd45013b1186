"""Security of requests: Host, headers, CSRF, rate limits."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, Response, g, has_request_context, request
from flask_limiter import Limiter
from flask_wtf.csrf import CSRFProtect
from limits.storage import RedisStorage
from werkzeug.exceptions import BadRequest
from werkzeug.middleware.proxy_fix import ProxyFix

from newsletter.config import Settings
from newsletter.domain.staff.origins import NOWHERE, Origin, device_in_words, network_of
from newsletter.spool.redis_connections import connection_pool
from newsletter.web.bodies import GuardedRequest
from newsletter.web.first_hand import FirstHand

# It loads the client of Valkey, too, where one is installed: 4 MB that nothing here uses.
RedisStorage.DEPENDENCIES = {"redis": RedisStorage.DEPENDENCIES["redis"]}

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
UNGUARDED_HOST = frozenset({"health.alive", "health.ready"})
"""Probes use their own host name. Nothing there depends on it."""

MAILS_STRANGERS = ("public_signup.sign_up", "public_subscription_link.send")
"""Forms where anyone can have us mail an address."""

HOOKS = "public_hooks.take"

CHANGES_OF_READERS = ("public_preferences.change", "public_leaving.take_back")
MOST_CHANGES = "60 per hour"
"""From one client address: each is kept in the history, and anyone can subscribe. Leaving has no
limit.
"""

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")

CSRF = CSRFProtect()


def guard(app: Flask, settings: Settings) -> None:
    """Call before any other hook is registered, so that a wrong Host gets no further."""
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        # X-Forwarded-Host is not believed: the Host that we answer to comes from PUBLIC_URL.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0
        )
    app.wsgi_app = FirstHand(app.wsgi_app, settings.public_url)  # type: ignore[method-assign]
    known_hosts = _known_hosts(settings)

    def refuse_odd_address() -> None:
        cast("GuardedRequest", request).require_no_nul()
        if request.endpoint in UNGUARDED_HOST or host_name() in known_hosts:
            return
        raise BadRequest("This server does not answer to this host name.")

    app.before_request(refuse_odd_address)
    app.after_request(_add_headers)
    app.after_request(_strict_transport(settings))
    CSRF.init_app(app)


def host_name() -> str:
    """The Host without its port, in lower case; "" when it can't be read."""
    try:
        return urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return ""


def client_address() -> str:
    """The address of the peer, or the one named by trusted proxies."""
    return request.remote_addr or "unknown"


def request_origin() -> Origin:
    """For what is written down about a request. Also called where there is none."""
    if not has_request_context():
        return NOWHERE
    return Origin(client_address(), device_in_words(request.headers.get("User-Agent", "")))


def is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def is_at_this_machine() -> bool:
    """Peer and Host are loopback, without a proxy in between: a proxy on this machine that forwards
    requests from elsewhere adds a header.
    """
    if any(name in request.headers for name in _FORWARDED):
        return False
    return is_loopback(client_address()) and host_name() in LOOPBACK_HOSTS


def strict_transport(settings: Settings) -> dict[str, str]:
    """The header of every answer, static files included, of a site with an https address."""
    if not settings.public_url.startswith("https://"):
        return {}
    return {"Strict-Transport-Security": "max-age=31536000"}


def make_limiter(settings: Settings) -> Limiter:
    """Counts in Redis for all web processes together, or in memory while Redis is away."""
    return Limiter(
        client_address,
        **_limiter_storage(settings.redis_url),
        strategy="moving-window",
        in_memory_fallback_enabled=True,
        swallow_errors=True,
        key_prefix="newsletter",
    )


def limit_sign_up(app: Flask, limiter: Limiter, settings: Settings) -> None:
    """Call after the blueprints are registered: wraps the view.

    A client and its network are limited in what they post, everyone together in what is mailed:
    posts without a mail close the signup for nobody else.
    """
    limits: list[tuple[str, Callable[[], str], dict[str, Any]]] = [
        (settings.signup_limit_client, client_address, {}),
        (settings.signup_limit_network, client_network, {}),
        (settings.signup_limit_overall, lambda: "everyone", {"deduct_when": _is_mailed}),
    ]
    for endpoint in MAILS_STRANGERS:
        for limit, key, options in limits:
            decorate: Any = limiter.limit(limit, key_func=key, **options)
            app.view_functions[endpoint] = decorate(app.view_functions[endpoint])


def limit_hooks(app: Flask, limiter: Limiter, settings: Settings) -> None:
    """Call after the blueprints are registered: wraps the view."""
    decorate: Any = limiter.limit(settings.hook_limit)
    app.view_functions[HOOKS] = decorate(app.view_functions[HOOKS])


def limit_changes(app: Flask, limiter: Limiter) -> None:
    """Call after the blueprints are registered: wraps the view."""
    for endpoint in CHANGES_OF_READERS:
        decorate: Any = limiter.shared_limit(
            MOST_CHANGES, scope="changes of readers", key_func=client_address, exempt_when=_leaves
        )
        app.view_functions[endpoint] = decorate(app.view_functions[endpoint])


def count_as_mailed() -> None:
    """Call in a request that mails an address which a stranger typed."""
    g.is_mailed = True


def client_network() -> str:
    return network_of(client_address())


def _leaves() -> bool:
    return request.method != "POST" or request.form.get("action") == "leave"


def _is_mailed(_response: Response) -> bool:
    return bool(g.get("is_mailed"))


def _limiter_storage(redis_url: str) -> dict[str, Any]:
    if not redis_url:
        return {"storage_uri": "memory://"}
    uri = f"redis+{redis_url}" if redis_url.startswith("unix://") else redis_url
    return {
        "storage_uri": uri,
        "storage_options": {"connection_pool": connection_pool(redis_url)},
    }


def _known_hosts(settings: Settings) -> frozenset[str]:
    given = (settings.public_host, *settings.allowed_hosts)
    return LOOPBACK_HOSTS | {host.lower().strip("[]") for host in given}


def _add_headers(response: Response) -> Response:
    """Keeps the policy of a view that sets its own."""
    headers = response.headers
    if "Content-Security-Policy" not in headers:
        headers["Content-Security-Policy"] = CONTENT_POLICY
        headers["X-Frame-Options"] = "DENY"
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    return response


def _strict_transport(settings: Settings) -> Callable[[Response], Response]:
    def add(response: Response) -> Response:
        response.headers.update(strict_transport(settings))
        return response

    return add
