"""The front matter of a digest: `key: value` lines between two `---`, as writers of sites know it.

Also the way back: a value that reads the same to this and to a YAML parser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from newsletter.domain.digests import Unplaced

KEYS = ("title", "subject", "preheader", "number", "date", "newsletter")

_LINE = re.compile(r"^(?P<key>[A-Za-z][\w-]{0,40})[ \t]{0,4}:(?:[ \t]+(?P<value>.*))?$")
_NUMBER = re.compile(r"#?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """`end` is the index of the first line after it. 0 if there is no front matter."""

    values: dict[str, str]
    unplaced: tuple[Unplaced, ...]
    end: int


def read_front_matter(lines: Sequence[str]) -> FrontMatter:
    """What it says beyond KEYS, or says twice, has no place and is kept as such."""
    start, end = _borders(lines)
    values: dict[str, str] = {}
    unplaced: list[Unplaced] = []
    for at in range(start + 1, end - 1):
        found = _LINE.match(lines[at])
        key = found["key"].lower() if found else ""
        value = _unquoted(found["value"] or "") if found else ""
        if key in KEYS and key not in values and _is_fit(key, value):
            values[key] = value
        elif lines[at].strip():
            unplaced.append(Unplaced(at + 1, lines[at].strip()))
    return FrontMatter(values, tuple(unplaced), end)


def write_front_matter(values: Mapping[str, str]) -> str:
    """The lines, `---` included; "" for no values at all. Line breaks become blanks."""
    if not values:
        return ""
    return "\n".join(["---", *(f"{key}: {_quoted(value)}" for key, value in values.items()), "---"])


def _borders(lines: Sequence[str]) -> tuple[int, int]:
    """Two rules alone make no front matter: the first line between them has to be a value."""
    start = next((at for at, line in enumerate(lines) if line.strip()), 0)
    if not lines or lines[start].strip() != "---":
        return 0, 0
    first = next((line for line in lines[start + 1 :] if line.strip()), "")
    if not _LINE.match(first):
        return 0, 0
    for at in range(start + 1, len(lines)):
        if lines[at].rstrip() == "---":
            return start, at + 1
    return 0, 0


def _is_fit(key: str, value: str) -> bool:
    return key != "number" or not value or bool(_NUMBER.fullmatch(value))


def _unquoted(value: str) -> str:
    text = value.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return text


def _quoted(value: str) -> str:
    text = " ".join(value.split())
    if text.isascii() and text.isdigit():
        return text
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
