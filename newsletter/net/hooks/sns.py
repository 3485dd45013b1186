"""Amazon SNS, which carries the events of SES: signed messages, and a subscription to confirm.

The certificate is fetched from Amazon alone, through the guarded fetch, and kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from newsletter.domain.feedback.inbound import Arrival, Door
from newsletter.net.hooks.request import (
    HookRefused,
    HookRequest,
    require_object,
    require_recent,
)

WINDOW = timedelta(minutes=65)
"""It tries again for an hour, with the time of the first try."""
_REGION = r"[a-z]{2}(?:-(?:gov|iso[a-z]?))?-[a-z]{4,12}-\d{1,2}"
"""Such as us-gov-west-1. With s3-us-west-2 in its place, anyone's bucket named sns would do."""
_HOST = rf"https://sns\.{_REGION}\.amazonaws\.com(?:\.cn)?"
_CERTIFICATE_URL = re.compile(_HOST + r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem")
_CONFIRMATION_URL = re.compile(_HOST + r"/\?Action=ConfirmSubscription&[\w=&%:.~+-]{1,2000}")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
}
_SIGNED["UnsubscribeConfirmation"] = _SIGNED["SubscriptionConfirmation"]

Fetch = Callable[[str], bytes]
"""Raises HookRefused when there is nothing to be had."""


@dataclass(frozen=True, slots=True)
class SnsMessage:
    """`confirm_url` is to be fetched, to begin the subscription."""

    arrivals: tuple[Arrival, ...] = ()
    confirm_url: str = ""


def read_sns(
    request: HookRequest, topics: Collection[str], now: datetime, fetch_certificate: Fetch
) -> SnsMessage:
    message = require_object(request.json())
    if str(message.get("TopicArn", "")) not in topics:
        raise HookRefused("This topic is not in HOOK_SES_TOPICS.")
    fields = _SIGNED.get(str(message.get("Type", "")))
    if fields is None:
        raise HookRefused("SNS sends no such message.", 400)
    require_recent(_time(message), now, WINDOW)
    _require_signature(message, fields, now, fetch_certificate)
    if message["Type"] == "SubscriptionConfirmation":
        return SnsMessage(confirm_url=_confirmation_url(message))
    if message["Type"] == "UnsubscribeConfirmation":
        return SnsMessage()
    content = str(message.get("Message", "")).encode("utf-8", "replace")
    return SnsMessage((Arrival(Door.SES, content, event_key=str(message.get("MessageId", ""))),))


def _time(message: dict[str, Any]) -> datetime:
    try:
        at = datetime.fromisoformat(str(message.get("Timestamp", "")))
    except ValueError as error:
        raise HookRefused("The time of the message can't be read.") from error
    if at.tzinfo is None:
        raise HookRefused("The time of the message has no zone.")
    return at


def _confirmation_url(message: dict[str, Any]) -> str:
    url = str(message.get("SubscribeURL", ""))
    if not _CONFIRMATION_URL.fullmatch(url):
        raise HookRefused("The address to confirm at is not Amazon's.")
    return url


def _require_signature(
    message: dict[str, Any], fields: tuple[str, ...], now: datetime, fetch_certificate: Fetch
) -> None:
    from newsletter.net.hooks.signatures import is_signed_by_sns  # noqa: PLC0415  large

    url = str(message.get("SigningCertURL", ""))
    if not _CERTIFICATE_URL.fullmatch(url):
        raise HookRefused("The certificate is not at Amazon's.")
    signed = "".join(f"{name}\n{message[name]}\n" for name in fields if name in message)
    version, signature = (str(message.get(name, "")) for name in ("SignatureVersion", "Signature"))
    content = signed.encode("utf-8", "replace")
    if not is_signed_by_sns(fetch_certificate(url), version, content, signature, now):
        raise HookRefused("The signature is wrong.")
