"""Mailgun signs a time and a token, but not the event: a token counts once."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from newsletter.domain.feedback.inbound import Arrival, Door
from newsletter.net.hooks.request import (
    HookRefused,
    HookRequest,
    compact,
    require_object,
    require_recent,
    unix_time,
)

WINDOW = timedelta(hours=9)
"""It tries again for eight hours."""


def read_mailgun(request: HookRequest, key: str, now: datetime) -> list[Arrival]:
    """`key` is the HTTP webhook signing key of the account."""
    body = require_object(request.json())
    signature = require_object(body.get("signature"))
    timestamp, token = (str(signature.get(name, "")) for name in ("timestamp", "token"))
    expected = hmac.digest(key.encode(), f"{timestamp}{token}".encode("utf-8", "replace"), "sha256")
    given = str(signature.get("signature", ""))
    if not token or not hmac.compare_digest(
        expected.hex().encode(), given.encode("utf-8", "replace")
    ):
        raise HookRefused("The signature is wrong.")
    require_recent(unix_time(timestamp), now, WINDOW)
    event = require_object(body.get("event-data"))
    return [Arrival(Door.MAILGUN, compact(event), event_key=token)]
