"""The head of a digest: YAML between `---`, TOML between `+++`, Pelican's `Title: …` lines, JBake's
`title=…` and Franklin's `@def title = …`.

Also the way back: a value that reads the same to this and to a YAML parser.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from newsletter.reading.digests.spoken_dates import spoken_date

KEYS = ("title", "subject", "preheader", "number", "date", "newsletter", "author")

ENTRIES_ARE, HEADINGS = "entries", "headings"
"""What we write ourselves says that each `###` is an entry, and that nothing else is."""

_SAME_AS = {
    "preheader": ("preheader", "description", "summary", "excerpt", "subtitle", "tagline"),
    "number": ("number", "issue", "issue_number", "issuenumber", "volume", "episode"),
    "date": ("date", "published", "publishdate", "pubdate", "published_at", "publish_date"),
    "author": ("author", "authors", "editor", "byline"),
}
_HEAD_LINE = re.compile(r"^(?P<key>[A-Za-z][\w-]{0,40})[ \t]{0,4}:(?:[ \t]+(?P<value>.*))?$")
_ASSIGNED = re.compile(r"^(?P<def>@def\s+)?(?P<key>[A-Za-z][\w.-]{0,40})\s{0,4}=\s*(?P<value>.*)$")
_TILDES = re.compile(r"^~{3,}\s*$")
_NUMBER = re.compile(r"#?([0-9]{1,6})")
_DATE = re.compile(r"([12]\d{3})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_FENCES = {"---": "yaml", "+++": "toml"}
_MOST_LINES = 400
_KNOWN_OF_PELICAN = frozenset(("title", "date", "slug", "author", "authors", "category", "tags"))


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """`values` by KEYS, `others` as they were typed; `end` is the index of the first line after it,
    0 if there is none.
    """

    values: dict[str, str]
    others: dict[str, str]
    end: int


NO_FRONT_MATTER = FrontMatter({}, {}, 0)


def read_front_matter(lines: Sequence[str]) -> FrontMatter:
    """What means nothing here is kept under its own name."""
    start = next((at for at, line in enumerate(lines) if line.strip()), 0)
    fence = lines[start].rstrip() if lines else ""
    if fence in _FENCES:
        return _fenced(lines, start, fence)
    if "=" in fence:
        return _assigned(lines, start)
    return _pelican(lines, start)


def write_front_matter(values: Mapping[str, str]) -> str:
    """The lines, `---` included; "" for no values at all. Line breaks become blanks."""
    if not values:
        return ""
    return "\n".join(["---", *(f"{key}: {_quoted(value)}" for key, value in values.items()), "---"])


def _fenced(lines: Sequence[str], start: int, fence: str) -> FrontMatter:
    """Two rules alone make no front matter: the first line between them has to be a value."""
    ends = (fence, "...") if fence == "---" else (fence,)
    last = min(len(lines), start + _MOST_LINES)
    end = next((at for at in range(start + 1, last) if lines[at].rstrip() in ends), 0)
    first = next((line for line in lines[start + 1 : end] if line.strip()), "")
    is_value = _HEAD_LINE.match(first) if fence == "---" else "=" in first or first.startswith("[")
    if not end or not is_value:
        return NO_FRONT_MATTER
    return _sorted(_parsed("\n".join(lines[start + 1 : end]), fence), end + 1)


def _parsed(text: str, fence: str) -> dict[str, str]:
    """All values as text. What no parser takes is read line by line."""
    found = _toml(text) if fence == "+++" else _yaml(text)
    if found is not None:
        return {str(key): _shown(value) for key, value in found.items()}
    matches = [_HEAD_LINE.match(line) for line in text.split("\n")]
    return {one["key"]: _unquoted(one["value"] or "") for one in matches if one}


def _toml(text: str) -> Mapping[object, object] | None:
    try:
        return dict[object, object](tomllib.loads(text).items())
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return None


def _yaml(text: str) -> Mapping[object, object] | None:
    from newsletter.reading.digests.yaml_texts import yaml_texts  # noqa: PLC0415  the parser is large

    return yaml_texts(text)


def _pelican(lines: Sequence[str], start: int) -> FrontMatter:
    """`Title: …` lines up to the first blank one, at least two of them of known names."""
    found: dict[str, str] = {}
    at = start
    while at < len(lines) and (matched := _HEAD_LINE.match(lines[at])):
        found[matched["key"]] = (matched["value"] or "").strip()
        at += 1
    names = {name.lower() for name in found}
    is_over = at >= len(lines) or not lines[at].strip()
    if len(names & _KNOWN_OF_PELICAN) < 2 or "title" not in names or not is_over:
        return NO_FRONT_MATTER
    return _sorted(found, at)


def _assigned(lines: Sequence[str], start: int) -> FrontMatter:
    """`@def title = "…"` lines, or `title=…` lines above a line of tildes."""
    found: dict[str, str] = {}
    at = start
    while at < min(len(lines), start + _MOST_LINES) and (matched := _ASSIGNED.match(lines[at])):
        if bool(matched["def"]) != lines[start].startswith("@def"):
            break
        found[matched["key"]] = _unquoted(matched["value"].strip().strip('"').join('""'))
        at += 1
    is_over = lines[start].startswith("@def") or (at < len(lines) and _TILDES.match(lines[at]))
    if not is_over or "title" not in {name.lower() for name in found}:
        return NO_FRONT_MATTER
    return _sorted(found, at if lines[start].startswith("@def") else at + 1)


def _sorted(found: Mapping[str, str], end: int) -> FrontMatter:
    named = {key.lower(): value for key, value in found.items()}
    values: dict[str, str] = {}
    taken: set[str] = set()
    for key in KEYS:
        for name in _SAME_AS.get(key, (key,)):
            value = _fit(key, named.get(name, ""))
            if value:
                values[key] = value
                taken.add(name)
                break
    others = {key: value for key, value in found.items() if key.lower() not in taken}
    return FrontMatter(values, others, end)


def _fit(key: str, value: str) -> str:
    text = " ".join(value.split())
    if key == "number":
        found = _NUMBER.fullmatch(text)
        return found[1] if found else ""
    if key == "date":
        return iso_date(text) or spoken_date(text)
    return text


def iso_date(text: str) -> str:
    """The day that a text begins with, as YYYY-MM-DD; "" where it is none."""
    found = _DATE.match(text)
    if not found:
        return ""
    try:
        return date(int(found[1]), int(found[3]), int(found[4])).isoformat()
    except ValueError:
        return ""


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_shown(one)}" for key, one in value.items())
    return "" if value is None else str(value)


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
