"""The HTML within the lines of a Markdown digest: links and pictures become Markdown, marks of
style alone go. Code stays as it is.
"""

from __future__ import annotations

import re
from html import unescape

from newsletter.reading.digests.block_markdown import address, inline_literal

TRACKING_PX = 2
"""A picture that is no larger counts readers."""

_STYLE = re.compile(r"`[^`\n]*`|</?(?:span|font|small|big|center|u)\b[^<>]{0,500}>", re.IGNORECASE)
_PICTURE = re.compile(r"`[^`\n]*`|<img\s(?P<said>[^<>]{1,3000})>", re.IGNORECASE)
_LINK = re.compile(
    r"`[^`\n]*`|<a\s(?P<said>[^<>]{1,3000})>(?P<label>[^<>\n]{0,500}(?:<(?!/?a\b)[^<>\n]{0,3000}>"
    r"[^<>\n]{0,500}){0,6})</a>",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"(?P<name>[a-zA-Z-]{1,40})\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'"
    r"|(?P<bare>[^\s\"'<>]+))"
)
_SHORT = re.compile(r"[0-9]{1,4}")


def read_inline_html(line: str) -> str:
    if "<" not in line:
        return line
    line = _STYLE.sub(_without_style, line)
    line = _PICTURE.sub(_picture, line)
    return _LINK.sub(_link, line)


def counts_readers(*sizes: str) -> bool:
    """Whether a picture of that width and height is there for its sender, not to be seen."""
    return any(_SHORT.fullmatch(size) and int(size) <= TRACKING_PX for size in sizes)


def _without_style(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("`") else ""


def _picture(found: re.Match[str]) -> str:
    if found["said"] is None:
        return found[0]
    said = attributes(found["said"])
    url = said.get("src", "")
    if not url or counts_readers(said.get("width", ""), said.get("height", "")):
        return ""
    return f"![{inline_literal(said.get('alt', ''))}]({_target(url)})"


def _link(found: re.Match[str]) -> str:
    url = attributes(found["said"]).get("href", "") if found["said"] is not None else ""
    if not url:
        return found[0] if found["said"] is None else found["label"]
    return f"[{found['label'].strip()}]({_target(url)})"


def _target(url: str) -> str:
    return f"<{address(url)}>"


def attributes(said: str) -> dict[str, str]:
    """Of a tag, by their names in lower case."""
    found = (
        (one["name"], one["double"] or one["single"] or one["bare"] or "")
        for one in _SAID.finditer(said)
    )
    return {name.lower(): " ".join(unescape(value).split()) for name, value in found}
