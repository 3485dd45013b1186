"""Every public URL of this service: in emails, in headers, on the command line.

`public_url` has no slash at its end; "" gives the path alone. The routes of web/ answer them.
"""

from __future__ import annotations

import re

from newsletter.domain.pictures import MEDIA_PATH

_CLICK_PATH = re.compile(r"/c/([^/]+)/([0-9]{1,6})")


def front_url(public_url: str) -> str:
    return f"{public_url}/"


def signup_url(public_url: str, slug: str) -> str:
    return f"{public_url}/n/{slug}"


def archive_url(public_url: str, slug: str) -> str:
    return f"{signup_url(public_url, slug)}/archive"


def feed_url(public_url: str, slug: str) -> str:
    return f"{signup_url(public_url, slug)}/feed.xml"


def edition_url(public_url: str, slug: str, number: int | None) -> str:
    """The archive, while the issue has no number."""
    archive = archive_url(public_url, slug)
    return f"{archive}/{number}" if number else archive


def media_url(public_url: str, name: str) -> str:
    """A picture that we keep, by its name there."""
    return f"{public_url}{MEDIA_PATH}{name}"


def confirmation_url(public_url: str, token: str) -> str:
    return f"{public_url}/confirm/{token}"


def unsubscribe_url(public_url: str, token: str) -> str:
    """The URL of the page and of one-click unsubscribe [RFC 8058]."""
    return f"{public_url}/unsubscribe/{token}"


def preferences_url(public_url: str, token: str) -> str:
    return f"{public_url}/preferences/{token}"


def click_url(public_url: str, token: str, number: int) -> str:
    """A link of an edition that leads on to where the editor's link leads."""
    return f"{public_url}/c/{token}/{number}"


def read_click_path(path: str) -> tuple[str, int] | None:
    """The token and the number of a `click_url`; None for any other path."""
    found = _CLICK_PATH.fullmatch(path)
    return (found[1], int(found[2])) if found else None


def editor_url(public_url: str) -> str:
    return f"{public_url}/editor/"


def sign_in_url(public_url: str, token: str) -> str:
    return f"{editor_url(public_url)}sign-in/{token}"


def password_reset_url(public_url: str, token: str) -> str:
    return f"{editor_url(public_url)}password/{token}"


def invitation_url(public_url: str, token: str) -> str:
    return f"{editor_url(public_url)}invitation/{token}"


def account_url(public_url: str) -> str:
    return f"{editor_url(public_url)}account"


def doctor_url(public_url: str) -> str:
    return f"{editor_url(public_url)}doctor/"


def newsletter_url(public_url: str, slug: str) -> str:
    """Its settings."""
    return f"{editor_url(public_url)}newsletters/{slug}"


def came_back_url(public_url: str, slug: str) -> str:
    return f"{newsletter_url(public_url, slug)}/came-back"


def new_issue_url(public_url: str, slug: str) -> str:
    return f"{newsletter_url(public_url, slug)}/issues/new"


def sandbox_url(public_url: str) -> str:
    return f"{public_url}/sandbox/"


def is_ours(public_url: str, url: str) -> bool:
    """Whether it leads to one of our own pages."""
    return bool(public_url) and url.startswith(front_url(public_url))
