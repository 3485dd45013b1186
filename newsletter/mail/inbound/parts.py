"""Bytes of any kind, read as the parts of a message: bounded in size, depth and number.

The standard library's parser takes ten thousand nested parts as deep as Python's stack and each
line past each of their boundaries; this one cuts off instead, and reads what is left.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import decode_header

from newsletter.mail.inbound.charsets import decode, utf8_of_utf16

_MAX_BYTES = 1 << 20
_MAX_DEPTH = 50
_MAX_PARTS = 200
_MAX_HEADER_FIELDS = 1000
_MAX_VALUE = 4000
_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
_BLANK_LINE = re.compile(rb"\n[ \t]*\n")
_MBOX_LINE = re.compile(rb">?From [^\n]*\n")
_PARAMETER = re.compile(r";\s*([\w-]+)\*?(?:0\*?)?\s*=\s*(?:\"([^\"]*)\"|([^\s;]*))")
_GUESSED_BOUNDARY = re.compile(rb"^--([^\n]{1,200}?)[ \t]*\ncontent-", re.IGNORECASE | re.MULTILINE)
_BASE64 = re.compile(rb"[A-Za-z0-9+/\n=]{64,}")
_ENCODED_WORD = re.compile(r"=\?[^?\s]+\?[bqBQ]\?")


@dataclass(slots=True)
class Part:
    """A message or a part of one. What holds a returned message has it as its only child."""

    headers: list[tuple[str, str]]
    """Names in lower case, values unfolded and decoded."""
    media_type: str
    text: str = ""
    children: list[Part] = field(default_factory=list)

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def all(self, *names: str) -> list[str]:
        return [value for name in names for key, value in self.headers if key == name]

    def walk(self) -> Iterator[Part]:
        """The part itself and all below, but nothing of a returned message."""
        yield self
        if not self.holds_message:
            for child in self.children:
                yield from child.walk()

    @property
    def holds_message(self) -> bool:
        return self.media_type in _MESSAGES or self.media_type in _HEADERS_ONLY


_MESSAGES = frozenset({"message/rfc822", "message/global", "message/news"})
_HEADERS_ONLY = frozenset(
    {
        "text/rfc822-headers",
        "text/rfc822-header",
        "message/rfc822-headers",
        "message/global-headers",
    }
)


def read_parts(message: bytes) -> Part:
    """Of a long message, the beginning."""
    data = utf8_of_utf16(message[:_MAX_BYTES])
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\x00", b"")
    data = _MBOX_LINE.sub(b"", data.lstrip(b"\n \t\xef\xbb\xbf"), count=1)
    return _Reader().read(_out_of_base64(data), depth=0)


def read_header(block: bytes) -> list[tuple[str, str]]:
    """Lines that are no field are skipped."""
    lines = re.sub(rb"\n[ \t]+", b" ", block).split(b"\n")[:_MAX_HEADER_FIELDS]
    found = (_FIELD.fullmatch(line) for line in lines)
    return [(one[1].decode("ascii").lower(), _value(one[2])) for one in found if one]


class _Reader:
    """Counts the parts of one message, however they are nested."""

    def __init__(self) -> None:
        self._left = _MAX_PARTS

    def read(self, data: bytes, depth: int, default: str = "text/plain") -> Part:
        self._left -= 1
        header, body = _cut(data)
        headers = read_header(header)
        part = Part(headers, default)
        content_type = part.header("content-type")
        part.media_type = content_type.partition(";")[0].strip().lower() or default
        parameters = _parameters(content_type)
        if part.media_type.startswith("multipart/") and depth < _MAX_DEPTH:
            part.children = self._children(part, body, parameters.get("boundary", ""), depth)
        if not part.children:
            if depth == 0 and part.media_type.startswith("multipart/"):
                part.media_type = "text/plain"
            self._fill(part, body, parameters.get("charset", ""), depth)
        return part

    def _children(self, part: Part, body: bytes, boundary: str, depth: int) -> list[Part]:
        default = "message/rfc822" if part.media_type == "multipart/digest" else "text/plain"
        chunks = _split(body, boundary)
        part.text = decode(chunks[0], "").strip() if chunks else ""
        children = []
        for chunk in chunks[1:]:
            if self._left <= 0:
                break
            children.append(self.read(chunk, depth + 1, default))
        return children

    def _fill(self, part: Part, body: bytes, charset: str, depth: int) -> None:
        body = _transferred(body, part.header("content-transfer-encoding"))
        if part.media_type in _MESSAGES and depth < _MAX_DEPTH and self._left > 0:
            part.children = [self.read(body.lstrip(b"\n"), depth + 1)]
        elif part.media_type in _HEADERS_ONLY:
            part.children = [Part(read_header(_cut(body.lstrip(b"\n"))[0]), "text/plain")]
        elif part.media_type.startswith(("text/", "message/")) or depth == 0:
            part.text = decode(body, charset)


def _cut(data: bytes) -> tuple[bytes, bytes]:
    """The header and the body. Without a blank line, the header ends where no field follows."""
    if data.startswith(b"\n"):
        return b"", data[1:]
    found = _BLANK_LINE.search(data)
    header, body = (data[: found.start()], data[found.end() :]) if found else (data, b"")
    first = header.partition(b"\n")[0]
    return (header, body) if _FIELD.fullmatch(first) else (b"", data)


def _split(body: bytes, boundary: str) -> list[bytes]:
    """The preamble and the parts; nothing when there is no boundary, declared or to be guessed."""
    delimiter = boundary.encode("utf-8", "surrogateescape").strip()
    if not delimiter or b"--" + delimiter not in body:
        guessed = _GUESSED_BOUNDARY.search(body)
        if not guessed:
            return []
        delimiter = guessed[1]
    line = re.compile(rb"\n--" + re.escape(delimiter) + rb"(--)?[ \t]*(?=\n|\Z)")
    chunks, start, body = [], 1, b"\n" + body
    for found in line.finditer(body):
        chunks.append(body[start : found.start()])
        start = found.end() + 1
        if found[1]:
            return chunks
    return [*chunks, body[start:]]


def _transferred(body: bytes, encoding: str) -> bytes:
    encoding = encoding.strip().lower()
    if encoding == "quoted-printable":
        return quopri.decodestring(body)
    return _from_base64(body) if encoding == "base64" else body


def _from_base64(body: bytes) -> bytes:
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
    try:
        return base64.b64decode(letters[: len(letters) // 4 * 4] + _rest(letters))
    except binascii.Error:
        return body


def _rest(letters: bytes) -> bytes:
    tail = letters[len(letters) // 4 * 4 :]
    return tail + b"=" * (4 - len(tail)) if len(tail) > 1 else b""


def _out_of_base64(data: bytes) -> bytes:
    """A whole message in base64, as some pipes hand it over."""
    if not _BASE64.fullmatch(data.rstrip()):
        return data
    decoded = _from_base64(data).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return decoded if _FIELD.fullmatch(decoded.partition(b"\n")[0]) else data


def _value(raw: bytes) -> str:
    text = decode(raw[:_MAX_VALUE], "").strip()
    if not _ENCODED_WORD.search(text):
        return text
    try:
        chunks = decode_header(text)
    except (ValueError, LookupError):
        return text
    return "".join(
        chunk if isinstance(chunk, str) else decode(chunk, charset or "")
        for chunk, charset in chunks
    )


def _parameters(content_type: str) -> dict[str, str]:
    return {
        name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(content_type)
    }
