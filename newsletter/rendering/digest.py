"""A digest as editors bring it along: bytes to text, and text in any of its forms to entries."""

from __future__ import annotations

import re

from newsletter.domain.digests import Digest
from newsletter.domain.errors import InvalidInput
from newsletter.rendering.digest_markdown import parse_markdown
from newsletter.rendering.digest_plain import parse_plain
from newsletter.rendering.digest_sources import OPENS_NEW_WINDOW

_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n.*?\n---[ \t]*(\n|\Z)", re.DOTALL)
_LOWER_HEADING = re.compile(r"^ {0,3}#{2,3}[ \t]+\S", re.MULTILINE)
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MOST_CONTROLS = 0.01

MAX_LINES = 50_000


def decode_digest(data: bytes, max_bytes: int) -> str:
    """The text. Raises InvalidInput for what is empty, too large or long, binary, not UTF-8."""
    if len(data) > max_bytes:
        raise InvalidInput(
            f"This digest is {len(data) / 1e6:.1f} MB, and {max_bytes / 1e6:.1f} MB is the limit.",
            advice="Put pictures on the web and only their addresses here, or cut it in two.",
            field="digest",
        )
    text = _decoded(data)
    if not text.strip():
        raise InvalidInput(
            "The digest is empty.",
            advice="Paste the whole of it: a title, then entries.",
            field="digest",
        )
    if text.count("\n") > MAX_LINES:
        raise InvalidInput(
            f"This digest has more than {MAX_LINES:,} lines.",
            advice="That is more than any mail can hold: cut it into several.",
            field="digest",
        )
    return text


def parse_digest(text: str) -> Digest:
    """Every piece of `text` is in the result: in an entry, in the intro, or under `unplaced`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _is_markdown(text):
        return parse_markdown(text)
    return parse_plain(text)


def _is_markdown(text: str) -> bool:
    """The web form has `# ` headings alone, and its links say that they open a new window."""
    if _FRONT_MATTER.match(text):
        return True
    return bool(_LOWER_HEADING.search(text)) and not OPENS_NEW_WINDOW.search(text)


def _decoded(data: bytes) -> str:
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _unreadable(data) from error
    if len(_CONTROLS.findall(text)) > len(text) * _MOST_CONTROLS:
        raise _unreadable(data)
    return text


def _unreadable(data: bytes) -> InvalidInput:
    if b"\x00" in data[:4096]:
        return InvalidInput(
            "This is not text but some other kind of file.",
            advice="Save the digest as plain text or Markdown, in UTF-8.",
            field="digest",
        )
    return InvalidInput(
        "This text is not in UTF-8.",
        advice="Save it again with the encoding UTF-8.",
        field="digest",
    )
