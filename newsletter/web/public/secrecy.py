"""Pages with a token in their address: kept out of caches, referrers and search engines."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response

from newsletter.signing import ExpiredToken, InvalidToken
from newsletter.web.errors import Page, error_page
from newsletter.web.security import CSRF

_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


def guard_by_token(blueprint: Blueprint) -> None:
    """The token in the address is the permission: no cookie and no CSRF token is needed."""
    CSRF.exempt(blueprint)
    blueprint.after_request(_keep_secret)
    blueprint.register_error_handler(InvalidToken, show_invalid_token)


def show_invalid_token(error: InvalidToken) -> Page:
    if isinstance(error, ExpiredToken):
        return error_page(
            410,
            title="This link has expired",
            message="These links work for a limited time.",
            advice="Sign up again to get a new one.",
        )
    return error_page(
        400,
        title="This link doesn't work",
        message=error.message,
        advice=f"{error.advice} You can get a new link from the newsletter's signup page.".strip(),
    )


def _keep_secret(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers[name] = value
    return response
