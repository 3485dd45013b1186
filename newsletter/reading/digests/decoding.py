"""Decodes a digest. Other kinds of files are named in the error, with what to do."""

from __future__ import annotations

import re

from newsletter.domain.errors import InvalidInput
from newsletter.reading.digests.mails import is_mail, mail_in_utf8

MAX_LINES = 50_000

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_OTHER_FILES = (
    (b"PK\x03\x04", "a Word document or a zip file"),
    (b"%PDF-", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old Word document"),
    (b"{\\rtf", "a rich text file (RTF)"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
)
_SAVED_PAGE = re.compile(
    rb"\A(?:[\w-]{1,40}:[^\n]*\n(?:[ \t][^\n]*\n){0,10}){0,30}?MIME-Version:", re.IGNORECASE
)
_DECLARED = re.compile(
    rb"\A\s*<\?xml[^>]{0,100}encoding=[\"'](?P<xml>[\w-]{1,20})"
    rb"|<meta[^>]{0,200}charset=[\"']?(?P<html>[\w-]{1,20})",
    re.IGNORECASE,
)
_KNOWN_ENCODINGS = frozenset(
    [f"iso-8859-{part}" for part in range(1, 17) if part != 12]
    + [f"windows-{page}" for page in range(1250, 1259)]
    + "koi8-r koi8-u gb2312 gbk gb18030 big5 shift_jis euc-jp euc-kr".split()
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MOST_CONTROLS = 0.01
_LOOKED_AT = 4096


def decode_digest(data: bytes, max_bytes: int) -> str:
    """The text. Raises InvalidInput for what is empty, too large or long, binary, not UTF-8."""
    if len(data) > max_bytes:
        raise InvalidInput(
            f"This digest is {len(data) / 1e6:.1f} MB. The limit is {max_bytes / 1e6:.1f} MB.",
            advice="Link to pictures instead of embedding them, or split the digest in two.",
            field="digest",
        )
    text = _decoded(data)
    if not text.strip():
        raise InvalidInput(
            "The digest is empty.",
            advice="Paste the whole digest, with a title and entries.",
            field="digest",
        )
    if text.count("\n") > MAX_LINES:
        raise InvalidInput(
            f"This digest has more than {MAX_LINES:,} lines.",
            advice="Split it into several digests.",
            field="digest",
        )
    return text


def _decoded(data: bytes) -> str:
    _refuse_other_files(data)
    try:
        text = data.decode(_encoding_of(data))
    except UnicodeDecodeError as error:
        declared = _as_declared(data) or mail_in_utf8(data)
        if declared is None:
            raise _unreadable(data, error.start) from error
        text = declared
    if "\x00" in text or len(_CONTROLS.findall(text)) > len(text) * _MOST_CONTROLS:
        raise _not_text("This file is not text.")
    return text


def _refuse_other_files(data: bytes) -> None:
    for mark, what in _OTHER_FILES:
        if data.startswith(mark):
            raise _not_text(f"This is {what}, not text.")
    start = data[:_LOOKED_AT]
    if _SAVED_PAGE.match(start) and not is_mail(start.decode("utf-8", "replace")):
        raise _not_text("This is a saved email or web page (MHTML), not text.")


def _encoding_of(data: bytes) -> str:
    """UTF-16 without a mark has a zero in every other byte of its ASCII."""
    known = next((name for bom, name in _BOMS if data.startswith(bom)), "")
    if known:
        return known
    start = data[:_LOOKED_AT]
    half = max(1, len(start) // 2)
    even, odd = start[::2].count(0) / half, start[1::2].count(0) / half
    if len(start) >= 4 and max(even, odd) > 0.3 and min(even, odd) < 0.01:
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8"


def _as_declared(data: bytes) -> str | None:
    """In the encoding that a feed or a page says it has; None where it has not."""
    found = _DECLARED.search(data[:_LOOKED_AT])
    if found is None:
        return None
    name = (found["xml"] or found["html"]).decode("ascii")
    try:
        return data.decode(name) if name.lower() in _KNOWN_ENCODINGS else None
    except UnicodeDecodeError:
        return None


def _unreadable(data: bytes, at: int) -> InvalidInput:
    if b"\x00" in data[:_LOOKED_AT]:
        return _not_text("This file is not text.")
    line = data.count(b"\n", 0, at) + 1
    return InvalidInput(
        f"This text is not in UTF-8: line {line} has letters of another encoding.",
        advice="Save it as UTF-8 and try again, or paste the text.",
        field="digest",
    )


def _not_text(message: str) -> InvalidInput:
    return InvalidInput(
        message,
        advice="Save the digest as plain text, Markdown or HTML, or copy its text and paste it.",
        field="digest",
    )
