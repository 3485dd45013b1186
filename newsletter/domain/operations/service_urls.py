"""URLs that may hold a login, such as REDIS_URL: no error and no log has a part of its password."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

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


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """`endpoint` is "" for Amazon's, `key` and `secret` are "" where the environment has them."""

    bucket: str
    prefix: str
    endpoint: str
    region: str
    key: str
    secret: str
    is_virtual_hosted: bool


def bucket_address(text: str) -> BucketAddress:
    """s3://[key:secret@]bucket[/prefix][?endpoint=…&region=…&style=virtual].

    Raises ValueError without the secret in its text.
    """
    parts = _split(text)
    parameters = dict(parse_qsl(parts.query))
    endpoint = parameters.pop("endpoint", "")
    region = parameters.pop("region", "us-east-1")
    style = parameters.pop("style", "path" if endpoint else "virtual")
    is_whole = parts.scheme == "s3" and parts.hostname and not parameters
    is_reachable = not endpoint or endpoint.startswith(("https://", "http://"))
    if not is_whole or not is_reachable or style not in ("path", "virtual"):
        message = "it must look like s3://key:secret@bucket/prefix?endpoint=https://host&region=…"
        raise ValueError(message)
    return BucketAddress(
        bucket=parts.hostname or "",
        prefix=parts.path.strip("/"),
        endpoint=endpoint,
        region=region,
        key=unquote(parts.username or ""),
        secret=unquote(parts.password or ""),
        is_virtual_hosted=style == "virtual",
    )


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        raise ValueError(ESCAPING.rstrip(".")) from None
