"""URLs that may hold a login, such as REDIS_URL: no error and no log has a part of its password."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

ESCAPING = "Write / ? # @ : and % in a user name or password as %2F %3F %23 %40 %3A and %25."
_LONGEST = 300
_LOGIN = re.compile(
    rf"(?<=://)[^\s/?#@:'\"]{{0,{_LONGEST}}}:[^\s'\"]{{0,{_LONGEST}}}@"  # up to the last @
)


def without_passwords(text: str) -> str:
    """The text with the login of each URL in it left out."""
    return _LOGIN.sub("…@", text) if "://" in text else text


def checked_redis_url(text: str) -> str:
    """Raises ValueError in words that repeat nothing of the URL.

    Its parts are looked at as redis-py does: what follows a / in a password would be taken for the
    database, and what precedes it for the port, which errors name.
    """
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError(ESCAPING.rstrip(".")) from None
    if parts.scheme not in ("redis", "rediss", "unix"):
        message = "it must start with redis://, rediss:// or unix://"
        raise ValueError(message)
    if parts.scheme != "unix" and "@" in parts.path + parts.query + parts.fragment:
        raise ValueError(ESCAPING.rstrip("."))
    return text
