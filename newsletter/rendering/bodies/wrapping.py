"""Lines of plain text, wrapped by the width they take on a screen: CJK takes two columns."""

from __future__ import annotations

import re
from unicodedata import combining, east_asian_width

WIDTH = 72

_WIDE = (
    "\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60"
)
_CLOSING = "、。，．！？：；）」』】〕》〉％”’…"
_UNIT = re.compile(rf"[{_WIDE}][{_CLOSING}]*|[^\s{_WIDE}]+|\s+")


def wrap(text: str, *, first: str = "", rest: str = "", width: int = WIDTH) -> list[str]:
    """Lines of `width` columns, prefixed; a break between CJK characters needs no blank.

    Words longer than a line, such as URLs, stay whole.
    """
    if text.isascii():
        words = " ".join(text.split())
        if len(words) + columns(first) <= width:
            return [(first + words).rstrip()]
    lines: list[str] = []
    line, gap = "", ""
    prefix, taken = first, columns(first)
    for unit in _UNIT.findall(text.strip()):
        if unit.isspace():
            gap = " " if line else ""
            continue
        size = columns(unit)
        if line and taken + len(gap) + size > width:
            lines.append(prefix + line)
            line, gap, prefix, taken = "", "", rest, columns(rest)
        line += gap + unit
        taken += len(gap) + size
        gap = ""
    return [*lines, (prefix + line).rstrip()]


def columns(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(_character_columns(character) for character in text)


def _character_columns(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
