"""A mail as it was sent, saved as a file or pasted with its head: what it says, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from itertools import islice

from newsletter.domain.errors import InvalidInput

_HEAD = re.compile(r"\A\s{0,10}(?:(?:[\w-]{1,60}:[^\n]*|[ \t][^\n]*)\n){2,300}", re.ASCII)
_FIELD = re.compile(r"^(from|subject|date|message-id|received|to):", re.IGNORECASE | re.MULTILINE)
_SAVED_PAGE = re.compile(r"^From: <Saved by |^Snapshot-Content-Location:", re.MULTILINE)
_LONGEST_HEAD = 30_000
_LONGEST_VALUE = 1_000
_MOST_PARTS = 200
_FORWARDED = re.compile(r"\A(?:(?:re|fwd?|aw|wg|tr|rv|enc)\s{0,3}:\s{0,3}){1,5}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mail:
    """`text` is HTML or plain. `head` is by the keys of front matter."""

    text: str
    subject: str
    head: dict[str, str] = field(default_factory=dict)


def is_mail(text: str) -> bool:
    """By its head. A page that a browser saved as MHTML is none, nor is a head without a body."""
    head = _HEAD.match(text)
    if head is None or _SAVED_PAGE.search(head[0]):
        return False
    named = {found.lower() for found in _FIELD.findall(head[0])}
    return {"from", "subject"} <= named and len(named) > 2


def read_mail(text: str) -> Mail:
    """Raises InvalidInput for one without a text."""
    message = _parsed(text.lstrip().encode("utf-8", "replace"))
    subject = _FORWARDED.sub("", _line(message, "Subject"))
    head = {"subject": subject, "date": _day(_line(message, "Date"))}
    body, _ = _body(message)
    return Mail(body, subject, {key: value for key, value in head.items() if value})


def mail_in_utf8(data: bytes) -> str | None:
    """One whose parts are in other encodings, with what is read of it. None for what is none."""
    if not is_mail(data[:_LONGEST_HEAD].decode("utf-8", "replace").replace("\r\n", "\n")):
        return None
    message = _parsed(data.lstrip())
    body, kind = _body(message)
    head = [f"{name}: {_line(message, name)}" for name in ("From", "Subject", "Date")]
    return "\n".join([*head, f"Content-Type: {kind}; charset=utf-8", "", body])


def _parsed(data: bytes) -> Message:
    """By the old policy: the new one takes quadratic time for what is long in a head."""
    try:
        return message_from_bytes(data)
    except RecursionError:
        raise InvalidInput(
            "The parts of this mail are nested too deep.",
            advice="Open it, copy its text and paste that.",
            field="digest",
        ) from None


def _line(message: Message, name: str) -> str:
    value = " ".join(str(message.get(name, ""))[:_LONGEST_VALUE].split())
    try:
        return " ".join(str(make_header(decode_header(value))).split())
    except (LookupError, ValueError):
        return value


def _body(message: Message) -> tuple[str, str]:
    """The text and its kind: HTML, or else plain."""
    parts = {part.get_content_type(): part for part in reversed(list(_texts(message)))}
    kind = next((kind for kind in ("text/html", "text/plain") if kind in parts), "")
    if not kind:
        raise InvalidInput(
            "This mail has no text in it.",
            advice="Open it, copy its text and paste that.",
            field="digest",
        )
    payload = parts[kind].get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    return _decoded(data, str(parts[kind].get_content_charset("utf-8"))), kind


def _texts(message: Message) -> Iterator[Message]:
    for part in islice(message.walk(), _MOST_PARTS):
        said = f"{part.get('Content-Type', '')}{part.get('Content-Disposition', '')}"
        is_readable = not part.is_multipart() and len(said) <= _LONGEST_VALUE
        if is_readable and part.get_content_disposition() != "attachment":
            yield part


def _decoded(data: bytes, declared: str) -> str:
    """A pasted one is in UTF-8, whatever it declares."""
    for encoding in (declared, "utf-8") if data.isascii() else ("utf-8", declared):
        with suppress(LookupError, UnicodeError):
            return data.decode(encoding)
    return data.decode("utf-8", "replace")


def _day(text: str) -> str:
    try:
        return parsedate_to_datetime(text).date().isoformat()
    except ValueError:
        return ""
