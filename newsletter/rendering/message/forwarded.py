"""A reader's reply as it is forwarded: readable at once, and whole as an attachment."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import EmailPolicy, Policy
from email.utils import format_datetime

from newsletter.domain.errors import InvalidInput
from newsletter.domain.feedback.inbound import storable
from newsletter.rendering.edition.edition import new_boundary
from newsletter.rendering.message.headers import header, mailbox, unstructured, wire_address
from newsletter.rendering.parts.quoted_printable import encode_piece

_LONGEST_TEXT = 100_000
_LONGEST_READ_BYTES = 256_000
_LONGEST_FIELD = 2_000


class _WithShortFields(EmailPolicy):
    """The library's time for a field grows with the square of its length."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:_LONGEST_FIELD]


_WITH_SHORT_FIELDS: Policy[EmailMessage] = _WithShortFields()  # type: ignore[assignment]  # stubs say Message


@dataclass(frozen=True, slots=True)
class Forwarded:
    """`writer` is where an answer goes, "" where the reply names nobody."""

    original: bytes
    writer: str
    from_name: str
    from_address: str
    to_address: str


def build_forwarded(reply: Forwarded, message_id: str, date: datetime) -> bytes:
    """Raises InvalidInput for an address that no header takes."""
    boundary = new_boundary(hashlib.sha256(message_id.encode()).hexdigest()[:32])
    parsed = _parsed(reply.original)
    return b"".join(
        (
            header("Date", format_datetime(date)),
            header("From", mailbox(reply.from_name, reply.from_address, field="From")),
            header("To", wire_address(reply.to_address, "To")),
            _reply_to(reply.writer),
            unstructured("Subject", _subject(parsed)),
            header("Message-ID", message_id),
            header("Auto-Submitted", "auto-generated"),
            b"MIME-Version: 1.0\r\n",
            f'Content-Type: multipart/mixed;\r\n boundary="{boundary}"\r\n\r\n'.encode(),
            f"--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n".encode(),
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
            encode_piece(
                f"{storable(reply.writer, 320) or 'Someone'} replied:\n\n{_text(parsed)}\n"
            ),
            f"\r\n--{boundary}\r\n".encode(),
            _attachment(reply.original),
            f"\r\n--{boundary}--\r\n".encode(),
        )
    )


def _reply_to(writer: str) -> bytes:
    """Without one that is no address: the original is attached."""
    try:
        return header("Reply-To", wire_address(writer, "Reply-To"))
    except InvalidInput:
        return b""


def _parsed(original: bytes) -> EmailMessage:
    """Of a long reply, the beginning. The library's parser follows nested parts into the stack."""
    try:
        return message_from_bytes(original[:_LONGEST_READ_BYTES], policy=_WITH_SHORT_FIELDS)
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError):
        return EmailMessage()


def _subject(parsed: EmailMessage) -> str:
    try:
        subject = str(parsed.get("Subject", ""))
    except (ValueError, LookupError, IndexError, AttributeError):  # headers of strangers
        subject = ""
    return " ".join(_printable(subject).split())[:200] or "A reply without a subject"


def _text(parsed: EmailMessage) -> str:
    try:
        part = parsed.get_body(("plain",))
        text = part.get_content() if part else ""
    except (ValueError, LookupError, KeyError, AttributeError, TypeError):
        text = ""
    return storable(text, _LONGEST_TEXT) or "(Its text is in the attached message.)"


def _printable(text: str) -> str:
    return "".join(c for c in storable(text) if c.isprintable() or c == " ")


def _attachment(original: bytes) -> bytes:
    """Not as message/rfc822, which may not be encoded and has lines that no relay takes."""
    lines = base64.encodebytes(original).replace(b"\n", b"\r\n")
    return (
        b"Content-Type: application/octet-stream; name=reply.eml\r\n"
        b"Content-Disposition: attachment; filename=reply.eml\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + lines
    )
