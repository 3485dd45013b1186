"""What stands within a line of Org, as Markdown: links, notes, code and emphasis."""

from __future__ import annotations

import re

from newsletter.reading.digests.block_markdown import address, inline_literal

_PIECE = re.compile(
    r"\[\[(?P<url>[^\[\]\n]{1,2000})\](?:\[(?P<text>[^\n]{1,1000}?)\])?\]"
    r"|\[fn:(?P<note>[\w-]{1,60})\]"
    r"|(?P<bare><?(?:https?://|mailto:)[^\s<>\[\]|]+>?)"
    r"|[<\[](?P<time>\d{4}-\d{2}-\d{2}[^<>\[\]\n]{0,40})[>\]]"
    r"|(?<![\w=~])(?P<code_mark>[=~])(?=\S)(?P<code>[^\n]{1,300}?)(?<=\S)(?P=code_mark)(?![\w=~])"
    r"|(?<!\w)(?P<mark>[*/_+])(?=[^\s*/_+])(?P<marked>[^\n]{1,300}?)(?<=\S)(?P=mark)(?!\w)"
    r"|(?P<break>\\\\$)"
)
_MARKS = {"*": "**", "/": "*", "_": "*", "+": "~~"}
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp|svg)$", re.IGNORECASE)
_ELSEWHERE = ("http://", "https://", "mailto:", "www.")


def inline_markdown(text: str) -> str:
    written: list[str] = []
    done = 0
    for found in _PIECE.finditer(text):
        written += [inline_literal(text[done : found.start()]), _written(found)]
        done = found.end()
    return "".join([*written, inline_literal(text[done:])])


def _written(found: re.Match[str]) -> str:  # noqa: PLR0911  one for each kind
    if found["url"]:
        return _link(found["url"].strip(), found["text"] or "")
    if found["note"]:
        return f"[^{found['note']}]"
    if found["bare"]:
        return found["bare"]
    if found["time"]:
        return found["time"]
    if found["code"]:
        mark = "``" if "`" in found["code"] else "`"
        space = " " if mark == "``" else ""
        return f"{mark}{space}{found['code']}{space}{mark}"
    if found["mark"]:
        mark = _MARKS[found["mark"]]
        return f"{mark}{inline_markdown(found['marked'])}{mark}"
    return "\\"


def _link(url: str, text: str) -> str:
    url = url.removeprefix("file:")
    if _PICTURE.search(url) and not text:
        return f"![](<{address(url)}>)"
    if not url.startswith(_ELSEWHERE):
        return inline_markdown(text or url)
    if not text:
        return f"<{address(url)}>"
    shown = f"![](<{address(text)}>)" if _PICTURE.search(text) else inline_markdown(text)
    return f"[{shown}](<{address(url)}>)"
