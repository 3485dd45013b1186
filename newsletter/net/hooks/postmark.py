"""Postmark signs nothing: it sends the name and password of the address, by Basic auth."""

from __future__ import annotations

import base64
import binascii
import hmac

from newsletter.domain.inbound import Arrival, Door
from newsletter.net.hooks.request import HookRefused, HookRequest, compact, require_object


def read_postmark(request: HookRequest, login: str) -> list[Arrival]:
    """`login` is user:password. One request has one event."""
    _require_login(request, login)
    event = require_object(request.json())
    parts = (event.get(name, "") for name in ("RecordType", "ID", "MessageID", "ChangedAt"))
    recipient = event.get("Email") or event.get("Recipient") or ""
    key = ":".join(str(part) for part in (*parts, recipient))
    return [Arrival(Door.POSTMARK, compact(event), event_key=key)]


def _require_login(request: HookRequest, login: str) -> None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        decoded = base64.b64decode(given.strip(), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if scheme.lower() != "basic" or not hmac.compare_digest(decoded, login.encode()):
        raise HookRefused("Wrong name or password.", 401)
