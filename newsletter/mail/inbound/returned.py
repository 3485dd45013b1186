"""The message that a report returns, whole or its header, as a part or below the text."""

from __future__ import annotations

import re

from newsletter.domain.feedback.verdicts import Clues
from newsletter.mail.inbound.parts import Part, read_header
from newsletter.mail.inbound.report_bodies import addresses_in, human_text, split_copy

_MAX_CLUES = 20
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}@[^<>\s]{1,250}>")
_URI = re.compile(r"<\s*((?:https?|mailto):[^<>\s]{1,2000})\s*>", re.IGNORECASE)
_SENDERS = ("return-path", "original-mail-from", "x-postfix-sender", "x-envelope-from")
"""Fields with the envelope sender, of the message, of a complaint [RFC 5965] and of Postfix."""

_FIELD_TYPES = ("delivery-status", "feedback-report")
_QUOTING = re.compile(r"^[ \t]*>[ \t>]*", re.MULTILINE)


def read_clues(root: Part, recipients: tuple[str, ...], reported: tuple[str, ...]) -> Clues:
    return Clues(
        addressed_to=_first(
            *recipients, *_addresses(root, "delivered-to", "x-original-to", "envelope-to", "to")
        ),
        return_paths=_first(*addresses_in(" ".join(returned_all(root, *_SENDERS)))),
        message_ids=_first(*_ids(returned_all(root, "message-id", "x-original-message-id"))),
        unsubscribe_urls=_first(*_URI.findall(" ".join(returned_all(root, "list-unsubscribe")))),
        replied_to=_first(*_ids(root.all("in-reply-to", "references"))),
        reported=reported,
        writer=next(iter(_addresses(root, "from", "reply-to")), ""),
    )


def returned_header(root: Part, name: str) -> str:
    return next(iter(returned_all(root, name)), "")


def returned_all(root: Part, *names: str) -> list[str]:
    return [value for name in names for key, value in _returned_fields(root) if key == name]


def _returned_fields(root: Part) -> list[tuple[str, str]]:
    """Of each returned message, and of those that they return, two levels deep."""
    fields: list[tuple[str, str]] = []
    holders = [part for part in root.walk() if part.holds_message]
    for holder in holders:
        for message in holder.children:
            fields += message.headers
    if not holders:
        copy = split_copy(_QUOTING.sub("", human_text(root)))[1]
        fields = read_header(copy.partition("\n\n")[0].encode("utf-8", "replace"))
    told = [field for field in _status_fields(root) if field[0] in {*_SENDERS, "message-id"}]
    return fields + told


def _status_fields(root: Part) -> list[tuple[str, str]]:
    """Notifications and complaints may name the returned message beside the recipients."""
    texts = [part.text for part in root.walk() if part.media_type.endswith(_FIELD_TYPES)]
    return [
        ("message-id", value) if name == "x-original-message-id" else (name, value)
        for text in texts
        for name, value in read_header(text.encode("utf-8", "replace"))
    ]


def _ids(values: list[str]) -> list[str]:
    return [found for value in values for found in _MESSAGE_ID.findall(value)]


def _addresses(root: Part, *names: str) -> list[str]:
    return addresses_in(" ".join(root.all(*names)))


def _first(*values: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))[:_MAX_CLUES]
