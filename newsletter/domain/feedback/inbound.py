"""Mail and events that come back: the doors they come by, and what is stored of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Door(StrEnum):
    """How a message came in."""

    SMTP = "smtp"
    LMTP = "lmtp"
    MAILBOX = "mailbox"
    COMMAND = "command"
    SES = "ses"
    POSTMARK = "postmark"
    MAILGUN = "mailgun"
    SENDGRID = "sendgrid"

    @property
    def is_webhook(self) -> bool:
        return self in WEBHOOKS


WEBHOOKS = frozenset({Door.SES, Door.POSTMARK, Door.MAILGUN, Door.SENDGRID})


class InboundState(StrEnum):
    NEW = "new"
    JUDGED = "judged"
    FAILED = "failed"
    """We could not judge it: our fault. It is kept, and judged again when asked."""


class MailboxTrouble(StrEnum):
    """Why the mailbox can't be read; also the names of the heartbeats that say when."""

    REFUSED = "mailbox refused"
    """A wrong user or password."""
    SILENT = "mailbox silent"
    """The server does not answer, or not as it should."""


class Proof(StrEnum):
    """What says whose copy a message is about, the strongest first."""

    VERP = "verp"
    """The address it came to, or came back from, which we signed."""
    TOKEN = "token"  # noqa: S105
    """The signed link of that copy, in the returned part."""
    MESSAGE_ID = "message-id"
    ADDRESS = "address"
    PROVIDER = "provider"
    """What a provider signed."""
    NONE = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message before it is stored. `event_key`: the provider's id of a webhook's event."""

    door: Door
    content: bytes
    sender: str = ""
    """Of the envelope, "" for the null sender."""
    recipients: tuple[str, ...] = ()
    event_key: str = ""

    @property
    def content_key(self) -> str:
        """Equal for the same report to the same recipients, by whichever hops it came."""
        known = [self.door, self.event_key] if self.event_key else sorted(self.recipients)
        digest = hashlib.sha256("\0".join(known).lower().encode("utf-8", "replace"))
        if not self.event_key:
            digest.update(_without_trace(self.content))
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class ReportedCopy:
    """The mail that a report is about: a copy of an edition, or one of the outbox."""

    newsletter_id: int
    subscriber_id: int
    edition_id: int | None = None
    outbox_id: int | None = None


@dataclass(frozen=True, slots=True)
class Whose:
    """`copy` is None where nothing proves whose it was."""

    copy: ReportedCopy | None = None
    proof: Proof = Proof.NONE


NOBODYS = Whose()


def storable(text: str, limit: int = 1000) -> str:
    """Text of strangers as a database takes it: no NUL, no lone surrogates, not endless."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:limit]


_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


def storable_line(text: str, limit: int = 1000) -> str:
    """On one line, without what would turn a page's letters round or steer a terminal."""
    return storable(" ".join(_UNSEEN.sub(" ", text[: 4 * limit]).split()), limit)


def storable_addresses(addresses: Sequence[str], most: int = 50) -> tuple[str, ...]:
    return tuple(storable(address, 320) for address in addresses[:most])


_TRACE = re.compile(
    rb"(?:(?:From |(?:Received|Return-Path|Delivered-To|X-Original-To|X-Envelope-To):)[^\r\n]*\r?\n"
    rb"(?:[ \t][^\r\n]*\r?\n)*)*",
    re.IGNORECASE,
)
"""What each hop and each mailbox puts on top of a message [RFC 5321 4.4]."""


def _without_trace(content: bytes) -> bytes:
    match = _TRACE.match(content)
    rest = content[match.end() :] if match else content
    return rest.replace(b"\r\n", b"\n").rstrip(b"\n")
