"""Reads the mail in the sandbox: lists, parsed messages, source. Accepts malformed mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from heapq import nlargest
from pathlib import Path

from newsletter.domain.errors import NotFound

_ID = re.compile(r"[0-9]{8}T[0-9]{12}-[0-9a-f]{8}")
_HEADER_BYTES = 64_000


@dataclass(frozen=True, slots=True)
class SandboxSummary:
    """One line of the inbox. `sender` and `recipients` are the envelope's, `from_` the header's."""

    id: str
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    from_: str
    to: str
    subject: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class SandboxAttachment:
    name: str
    content_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class SandboxMessage:
    """`text` and `html` are "" if the mail has no such part. `source` is for display, not exact.

    `headers` are in order, unfolded and decoded.
    """

    summary: SandboxSummary
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    attachments: tuple[SandboxAttachment, ...]
    source: str

    def header(self, name: str) -> str:
        """The first header of that name, or ""."""
        return next((v for n, v in self.headers if n.lower() == name.lower()), "")


def list_messages(
    directory: Path, *, limit: int = 100, before: str = "", recipient: str = ""
) -> tuple[SandboxSummary, ...]:
    """At most `limit`, the newest first. `before`: the id of the last message of the previous page.

    `recipient` selects mail delivered to that address; case does not matter.
    """
    found: list[SandboxSummary] = []
    for message_id in _newest_ids(directory, before, 0 if recipient else limit):
        try:
            head = _head(directory, message_id)
            if recipient.lower() not in head.decode("utf-8", "replace").lower():
                continue  # parsing is what takes long, with a mail for each of many readers
            summary = _summary(directory, message_id, head)
        except FileNotFoundError:  # cleared meanwhile
            continue
        if not recipient or recipient.lower() in (r.lower() for r in summary.recipients):
            found.append(summary)
        if len(found) == limit:
            break
    return tuple(found)


def count_messages(directory: Path) -> int:
    return sum(1 for _ in _ids(directory))


def read_message(directory: Path, message_id: str) -> SandboxMessage:
    """Raises NotFound."""
    data = read_source(directory, message_id)
    try:
        message = message_from_bytes(data)
        text, html, attachments = _parts(message)
    except RecursionError:  # parts in parts in parts: the source shows them
        message = BytesHeaderParser().parsebytes(data)
        text, html, attachments = "", "", ()
    return SandboxMessage(
        summary=_summarise(message_id, message, len(data)),
        headers=_headers(message),
        text=text,
        html=html,
        attachments=attachments,
        source=data.decode("utf-8", "replace"),
    )


def read_source(directory: Path, message_id: str) -> bytes:
    """The file as it arrived, with Return-Path and Delivered-To on top. Raises NotFound."""
    if not _ID.fullmatch(message_id):
        raise _not_found()
    try:
        return (directory / f"{message_id}.eml").read_bytes()
    except FileNotFoundError:
        raise _not_found() from None


def clear(directory: Path) -> int:
    """Empties the inbox, and returns how many messages were deleted."""
    removed = 0
    for message_id in list(_ids(directory)):
        (directory / f"{message_id}.eml").unlink(missing_ok=True)
        removed += 1
    return removed


def _ids(directory: Path) -> Iterator[str]:
    if not directory.is_dir():
        return
    for path in directory.glob("*.eml"):
        if _ID.fullmatch(path.stem):
            yield path.stem


def _newest_ids(directory: Path, before: str, limit: int) -> list[str]:
    """All of them when `limit` is 0."""
    ids = [i for i in _ids(directory) if not before or i < before]
    return nlargest(limit or len(ids), ids)


def _head(directory: Path, message_id: str) -> bytes:
    with (directory / f"{message_id}.eml").open("rb") as file:
        return file.read(_HEADER_BYTES)


def _summary(directory: Path, message_id: str, head: bytes) -> SandboxSummary:
    size_bytes = (directory / f"{message_id}.eml").stat().st_size
    return _summarise(message_id, BytesHeaderParser().parsebytes(head), size_bytes)


def _summarise(message_id: str, message: Message, size_bytes: int) -> SandboxSummary:
    headers = [(name.lower(), value) for name, value in _headers(message)]
    first = dict(reversed(headers))
    return SandboxSummary(
        id=message_id,
        received_at=datetime.strptime(message_id[:21], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC),
        sender=first.get("return-path", "").strip("<>"),
        recipients=tuple(value for name, value in headers if name == "delivered-to"),
        from_=first.get("from", ""),
        to=first.get("to", ""),
        subject=first.get("subject", ""),
        size_bytes=size_bytes,
    )


def _headers(message: Message) -> tuple[tuple[str, str], ...]:
    """All headers in order. `items()` would lose the bytes of headers in bare UTF-8."""
    return tuple((_printable(name), _readable(value)) for name, value in message.raw_items())


def _readable(value: object) -> str:
    """A header unfolded and decoded. One that can't be decoded stays as it is."""
    unfolded = re.sub(r"\r?\n(?=[ \t])", "", str(value))
    if "=?" not in unfolded:
        return _printable(" ".join(unfolded.split()))
    try:
        decoded = str(make_header(decode_header(unfolded)))
    except (ValueError, LookupError):
        decoded = unfolded
    return _printable(" ".join(decoded.split()))


def _parts(message: Message) -> tuple[str, str, tuple[SandboxAttachment, ...]]:
    """The first text and the first HTML part; everything else counts as attached."""
    shown = {"text/plain": "", "text/html": ""}
    seen: set[str] = set()
    attachments = []
    for part in message.walk():
        kind = part.get_content_type()
        if part.is_multipart():
            continue
        if kind in shown and kind not in seen and part.get_content_disposition() != "attachment":
            seen.add(kind)
            shown[kind] = _content(part)
        else:
            attachments.append(_attachment(part))
    return shown["text/plain"], shown["text/html"], tuple(attachments)


def _content(part: Message) -> str:
    data = _decoded(part)
    charset = str(part.get_content_charset() or "utf-8")
    try:
        text = data.decode(charset, "replace")
    except (LookupError, ValueError):
        text = data.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _attachment(part: Message) -> SandboxAttachment:
    name = _readable(part.get_filename() or "")
    return SandboxAttachment(name, part.get_content_type(), len(_decoded(part)))


def _decoded(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _printable(text: str) -> str:
    """Replaces lone surrogates, which represent undeclared 8-bit bytes and can't be shown."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _not_found() -> NotFound:
    return NotFound("The sandbox has no such message.", advice="The inbox may have been cleared.")
