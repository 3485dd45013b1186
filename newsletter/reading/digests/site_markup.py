"""What the programs that make sites add to Markdown: notes in boxes, templates, icons, headings in
HTML. Read where a mail can show it; else dropped, and told.

Each line stays where it is. Nothing in code is touched.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from newsletter.domain.issues.digests import Unplaced
from newsletter.reading.digests.code import fenced_lines

MOST_LINES_OF_CALL = 30

_CALL_OPENS = re.compile(r"^\s*\{\{[-~]?\s*(?:[#/>!]|[\w.:]{1,100}\s*\(|$)")
_CALL_CLOSES = re.compile(r"\}\}\s*$")
_BOX = re.compile(
    r"^(?:!!!|\?\?\?\+?)[ \t]+(?P<kind>[\w-]+)(?:[ \t]+\"(?P<title>[^\"]*)\")?[ \t]*$"
)
_FENCED_BOX = re.compile(
    r"^:{3,}[ \t]*(?P<kind>[\w-]*)[ \t]*(?:\[(?P<label>[^\[\]]*)\]|(?P<title>.*))$"
)
_ALERT = re.compile(r"^(?P<mark> {0,3}>[ \t]?)\[!(?P<kind>[A-Za-z]{3,20})\][ \t]*$")
_INDENTED = re.compile(r"^(?: {4}|\t)")
_ICON = re.compile(r"\s?:(?:fontawesome|material|octicons|simple)-[\w-]{1,60}:")
_PLAYER = re.compile(r"^ {0,3}<(video|audio|iframe)\b", re.IGNORECASE)
_RULE = re.compile(r"^ {0,3}<hr[^<>]{0,200}>[ \t]*$", re.IGNORECASE)
_HEADING = re.compile(
    r"^ {0,3}<h(?P<level>[1-6])[^<>]{0,300}>(?P<words>.{0,500}?)</h(?P=level)>[ \t]*$",
    re.IGNORECASE,
)
_BARE_FRAME = re.compile(
    r"^ {0,3}(?:</?(?:div|center|section|article|details|figure)\b[^<>]{0,300}>|<br[ /]{0,3}>)"
    r"[ \t]*$",
    re.IGNORECASE,
)
_UNNAMED_PICTURE = re.compile(
    r"(?<!!)\[\]"
    r"(?=\(<?https?://[^\s()<>]{1,2000}\.(?:png|jpe?g|gif|webp)(?:\?[^\s()<>]{0,500})?>?\))",
    re.IGNORECASE,
)


def read_site_markup(text: str, dropped: list[Unplaced]) -> str:
    lines = text.split("\n")
    fenced = fenced_lines(lines)
    _drop_calls(lines, fenced, dropped)
    _close_up_players(lines, fenced)
    _read_boxes(lines, fenced)
    for at, line in enumerate(lines):
        if at not in fenced:
            lines[at] = _read_line(line, at + 1, dropped)
    return "\n".join(lines)


def _read_line(line: str, number: int, dropped: list[Unplaced]) -> str:
    if line.lstrip().startswith("<"):
        if _RULE.match(line):
            return "***"
        if _BARE_FRAME.match(line):
            return ""
        if found := _HEADING.match(line):
            return f"{'#' * int(found['level'])} {found['words'].strip()}"
    if "[](" in line:
        line = _UNNAMED_PICTURE.sub("![]", line)
    if ":" in line and (icons := _ICON.findall(line)):
        dropped += [Unplaced(number, icon.strip()) for icon in icons]
        line = _ICON.sub("", line)
    return line


def _drop_calls(lines: list[str], fenced: Container[int], dropped: list[Unplaced]) -> None:
    """`{{ figure(…) }}` over one line or more, `{{#> note}}` and `{{/note}}`; what stands between
    two of these stays.
    """
    at = 0
    while at < len(lines):
        end = _end_of_call(lines, at) if at not in fenced else 0
        if end:
            dropped.append(Unplaced(at + 1, "\n".join(lines[at:end]).strip()[:500]))
            lines[at:end] = [""] * (end - at)
        at = max(at + 1, end)


def _end_of_call(lines: Sequence[str], at: int) -> int:
    if not _CALL_OPENS.match(lines[at]):
        return 0
    for end in range(at, min(len(lines), at + MOST_LINES_OF_CALL)):
        if _CALL_CLOSES.search(lines[end]):
            return end + 1
        if not lines[end].strip():
            return 0
    return 0


def _close_up_players(lines: list[str], fenced: Container[int]) -> None:
    """Blank lines within would be the end of their HTML, and what follows code."""
    for at, line in enumerate(lines):
        found = _PLAYER.match(line) if at not in fenced else None
        if found is None:
            continue
        closing = f"</{found[1].lower()}>"
        ends = range(at, min(len(lines), at + MOST_LINES_OF_CALL))
        end = next((place + 1 for place in ends if closing in lines[place].lower()), 0)
        inner = [piece.strip() for piece in lines[at:end] if piece.strip()]
        lines[at:end] = [*inner, *[""] * (end - at - len(inner))] if end else lines[at:end]


def _read_boxes(lines: list[str], fenced: Container[int]) -> None:
    """A box is a quote whose first line is its title in bold."""
    in_box = False
    for at, line in enumerate(lines):
        if at in fenced:
            continue
        if found := _BOX.match(line):
            lines[at], in_box = f"> **{found['title'] or found['kind'].capitalize()}**  ", True
        elif in_box and (not line.strip() or _INDENTED.match(line)):
            lines[at] = f"> {_INDENTED.sub('', line)}".rstrip() if _goes_on(lines, at) else line
        else:
            in_box = False
            lines[at] = _other_box(line)


def _goes_on(lines: Sequence[str], at: int) -> bool:
    """A blank line is part of a box if an indented one follows."""
    if lines[at].strip():
        return True
    return at + 1 < len(lines) and bool(_INDENTED.match(lines[at + 1]))


def _other_box(line: str) -> str:
    if line.startswith(":::") and (found := _FENCED_BOX.match(line)):
        title = (found["label"] or found["title"] or "").strip()
        return f"**{title}**" if title else ""
    if "[!" in line and (found := _ALERT.match(line)):
        return f"{found['mark']}**{found['kind'].capitalize()}**  "
    return line
