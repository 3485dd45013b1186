"""Postmark signs nothing: it sends the name and password of the address, by Basic auth."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping

from newsletter.domain.feedback.inbound import Arrival, Door
from newsletter.net.hooks.request import HookRefused, HookRequest, compact, require_object


def read_postmark(request: HookRequest, login: str) -> list[Arrival]:
    """`login` is user:password. One request has one event."""
    require_login(request.headers, login)
    event = require_object(request.json())
    parts = (event.get(name, "") for name in ("RecordType", "ID", "MessageID", "ChangedAt"))
    recipient = event.get("Email") or event.get("Recipient") or ""
    key = ":".join(str(part) for part in (*parts, recipient))
    return [Arrival(Door.POSTMARK, compact(event), event_key=key)]


def require_login(headers: Mapping[str, str], login: str) -> None:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    try:
        decoded = base64.b64decode(given.strip(), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if scheme.lower() != "basic" or not hmac.compare_digest(decoded, login.encode()):
        raise HookRefused("Wrong name or password.", 401)
