"""The links of issues: leads on to the editor's link, and notes the click without waiting."""

from __future__ import annotations

import secrets

from flask import Blueprint, Response, request

from newsletter.domain.click_rules import sign_of
from newsletter.domain.errors import NotFound
from newsletter.spool.clicks import NotedClick
from newsletter.usecases.archive.read_archive import public_newsletters
from newsletter.usecases.clicks.follow_link import Followed, follow_link
from newsletter.web.security import client_address
from newsletter.web.shell import context, render, shell

BLUEPRINT = Blueprint("public_clicks", __name__, template_folder="templates")

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@BLUEPRINT.get("/c/<token>/<int:number>")
def follow(token: str, number: int) -> Response | tuple[str, int, dict[str, str]]:
    """302, so that no browser remembers it and none sends a form on."""
    try:
        found = follow_link(context(), token, number)
    except NotFound as error:
        return _lost(error)
    shell().clicks.add(_noted(found))
    response = Response(status=302, headers=_HEADERS)
    response.location = found.url
    return response


def _noted(found: Followed) -> NotedClick:
    """What the request shows is judged here. Neither address nor user agent goes any further."""
    now, address, headers = context().now(), client_address(), request.headers
    sign = sign_of(
        request.method,
        headers.get("User-Agent", ""),
        headers.get("Sec-Purpose", "") + headers.get("Purpose", "") + headers.get("X-Moz", ""),
        address,
        context().settings.click_machine_networks,
    )
    return NotedClick(
        id=secrets.randbits(63),
        edition_id=found.edition_id,
        number=found.number,
        subscriber_id=found.subscriber_id,
        at=now,
        client=context().signer.daily_hash(address, now.toordinal()),
        sign=sign.value if sign else "",
    )


def _lost(error: NotFound) -> tuple[str, int, dict[str, str]]:
    """Who tries many is asked to wait: a token is short."""
    with shell().limiter.limit(context().settings.unknown_link_limit):
        page = render(
            "public/lost_link.html", error=error, newsletters=public_newsletters(context())
        )
        return page, 404, _HEADERS
