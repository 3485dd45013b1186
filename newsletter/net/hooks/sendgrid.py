"""SendGrid signs the time and the body with ECDSA, and sends events in batches."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from newsletter.domain.feedback.inbound import Arrival, Door
from newsletter.net.hooks.request import (
    MOST_EVENTS,
    HookRefused,
    HookRequest,
    compact,
    require_object,
    require_recent,
    unix_time,
)

WINDOW = timedelta(hours=1)
_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"


def read_sendgrid(request: HookRequest, key: str, now: datetime) -> list[Arrival]:
    """`key` is the verification key, as the settings page of SendGrid shows it."""
    timestamp = request.headers.get(_TIMESTAMP, "")
    require_recent(unix_time(timestamp), now, WINDOW)
    _require_signature(key, timestamp.encode("utf-8", "replace") + request.body, request)
    events = request.json()
    if not isinstance(events, list):
        raise HookRefused("The body has another form than this provider's.", 400)
    if len(events) > MOST_EVENTS:
        raise HookRefused("Too many events at once.", 413)
    return [_arrival(require_object(event)) for event in events]


def has_signature(headers: Mapping[str, str], now: datetime) -> bool:
    """Whether there is one, of now. The body says whether it is right."""
    try:
        require_recent(unix_time(headers.get(_TIMESTAMP, "")), now, WINDOW)
    except HookRefused:
        return False
    return bool(headers.get(_SIGNATURE))


def _arrival(event: dict[str, object]) -> Arrival:
    content = compact(event)
    key = str(event.get("sg_event_id") or hashlib.sha256(content).hexdigest())
    return Arrival(Door.SENDGRID, content, event_key=key)


def _require_signature(key: str, signed: bytes, request: HookRequest) -> None:
    from newsletter.net.hooks.signatures import is_signed_by_sendgrid  # noqa: PLC0415  large

    if not is_signed_by_sendgrid(key, signed, request.headers.get(_SIGNATURE, "")):
        raise HookRefused("The signature is wrong.")
