"""A mail as it was sent, saved as a file or pasted with its head: what it says, and when."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime

from newsletter.domain.errors import InvalidInput

_HEAD = re.compile(r"\A\s{0,10}(?:(?:[\w-]{1,60}:[^\n]*|[ \t][^\n]*)\n){2,300}", re.ASCII)
_FIELD = re.compile(r"^(from|subject|date|message-id|received|to):", re.IGNORECASE | re.MULTILINE)
_SAVED_PAGE = re.compile(r"^From: <Saved by |^Snapshot-Content-Location:", re.MULTILINE)
_LONGEST_HEAD = 30_000
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
    message = message_from_bytes(text.lstrip().encode("utf-8", "replace"), policy=default)
    subject = _FORWARDED.sub("", _line(message, "Subject"))
    head = {"subject": subject, "date": _day(_line(message, "Date"))}
    return Mail(_body(message), subject, {key: value for key, value in head.items() if value})


def mail_in_utf8(data: bytes) -> str | None:
    """One whose parts are in other encodings, with what is read of it. None for what is none."""
    if not is_mail(data[:_LONGEST_HEAD].decode("utf-8", "replace").replace("\r\n", "\n")):
        return None
    message = message_from_bytes(data.lstrip(), policy=default)
    body = _body(message)
    kind = "html" if "<" in body and message.get_body(("html",)) is not None else "plain"
    head = [f"{name}: {_line(message, name)}" for name in ("From", "Subject", "Date")]
    return "\n".join([*head, f"Content-Type: text/{kind}; charset=utf-8", "", body])


def _line(message: EmailMessage, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())


def _body(message: EmailMessage) -> str:
    part = message.get_body(("html", "plain"))
    if part is None:
        raise InvalidInput(
            "This mail has no text in it.",
            advice="Open it, copy its text and paste that.",
            field="digest",
        )
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    return _decoded(data, part.get_content_charset("utf-8"))


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
