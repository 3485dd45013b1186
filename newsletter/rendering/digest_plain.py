"""The plain-text form and the web form: a title line, a line of sources, then the body.

Both are read the same way; in the web form titles are marked by `# ` as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from newsletter.domain.digests import Digest, DigestEntry, DigestSection, Unplaced
from newsletter.rendering.digest_blocks import closes_fence, is_list_item, read_blocks
from newsletter.rendering.digest_sources import OPENS_NEW_WINDOW, SourceLine, read_source_line

MAX_TITLE = 300
LONG_FOR_A_SENTENCE = 60

_HEADING = re.compile(r"^#[ \t]+(?P<title>.*\S)\s*#*$")
_SENTENCE_END = re.compile(r"[.。;；,，:：…]$")
_FENCE = re.compile(r"^ {0,3}(?P<mark>`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class Line:
    """`number` counts from 1, as an editor does."""

    number: int
    text: str

    @property
    def is_blank(self) -> bool:
        return not self.text.strip()


@dataclass(slots=True)
class _Start:
    """Where an entry begins: its title's lines, its source line if any, and its body after."""

    title_at: int
    title: str
    body_at: int
    source: SourceLine | None


@dataclass(slots=True)
class _Piece:
    start: _Start
    lines: list[Line] = field(default_factory=list)


def parse_plain(text: str) -> Digest:
    lines = [
        Line(number, OPENS_NEW_WINDOW.sub("", line).rstrip())
        for number, line in enumerate(text.split("\n"), start=1)
    ]
    starts, orphans = _starts(lines)
    first = starts[0].title_at if starts else len(lines)
    title, intro, skipped = _opening(lines[:first], orphans, has_entries=bool(starts))
    entries = [
        DigestEntry(
            title=start.title,
            url=start.source.url if start.source else "",
            sources=start.source.sources if start.source else (),
            blocks=read_blocks(_until_orphan(lines[start.body_at : end], orphans)),
            line=lines[start.title_at].number,
        )
        for start, end in _with_ends(starts, len(lines))
    ]
    sections = (DigestSection("", tuple(entries)),) if entries else ()
    unplaced = skipped + _orphaned(lines, starts, orphans)
    return Digest(title, sections, tuple(unplaced), intro)


def _starts(lines: list[Line]) -> tuple[list[_Start], set[int]]:
    """The entries' beginnings, and the indexes of source lines that have no title above them."""
    starts: list[_Start] = []
    orphans: set[int] = set()
    taken = -1
    fenced = _inside_fences(lines)
    for at, line in enumerate(lines):
        if at in fenced or at <= taken:
            continue
        if _is_heading(lines, at):
            start = _from_heading(lines, at)
        elif source := read_source_line(line.text):
            found = _title_above(lines, at, taken)
            if found is None:
                if _stands_alone(lines, at):
                    orphans.add(at)
                continue
            if starts and _is_source_of(starts[-1], found[0]):
                orphans.add(at)
                continue
            start = _Start(found[0], found[1], at + 1, source)
        else:
            continue
        starts.append(start)
        taken = start.body_at - 1
    return _without_digest_title(lines, starts), orphans


def _from_heading(lines: list[Line], at: int) -> _Start:
    matched = _HEADING.match(lines[at].text)
    title = matched["title"] if matched else lines[at].text.strip()
    below = _next_filled(lines, at + 1)
    source = read_source_line(lines[below].text) if below < len(lines) else None
    return _Start(at, title, below + 1 if source else at + 1, source)


def _without_digest_title(lines: list[Line], starts: list[_Start]) -> list[_Start]:
    """In the web form the first heading names the digest, when no source stands below it."""
    is_heading = bool(starts) and _HEADING.match(lines[starts[0].title_at].text)
    if len(starts) > 1 and is_heading and starts[0].source is None:
        return starts[1:]
    return starts


def _title_above(lines: list[Line], at: int, taken: int) -> tuple[int, str] | None:
    """The index of the title's first line and its words; None where nothing above can be one."""
    above = at - 1
    while above > taken and lines[above].is_blank:
        above -= 1
    if above <= taken or not _may_be_title(lines[above].text):
        return None
    first = above
    if _is_second_line_of_title(lines, above, taken):
        first = above - 1
    return first, " ".join(line.text.strip() for line in lines[first : above + 1])


def _may_be_title(text: str) -> bool:
    """A bullet, a sentence or another source line is the end of a body, not a title."""
    words = text.strip()
    is_sentence = bool(_SENTENCE_END.search(words)) and len(words) > LONG_FOR_A_SENTENCE
    return not (
        len(words) > MAX_TITLE or is_sentence or is_list_item(text) or read_source_line(text)
    )


def _is_second_line_of_title(lines: list[Line], at: int, taken: int) -> bool:
    """Two short lines on their own, the first of which does not end a sentence."""
    before = at - 1
    if before <= taken or lines[before].is_blank:
        return False
    starts_paragraph = before - 1 <= taken or lines[before - 1].is_blank
    follows_source = before - 1 == taken and taken >= 0
    first = lines[before].text.strip()
    is_short = len(first) <= LONG_FOR_A_SENTENCE * 2 and _may_be_title(first)
    return starts_paragraph and not follows_source and is_short and first[-1] not in ".!?。！？"


def _is_source_of(start: _Start, title_at: int) -> bool:
    return title_at < start.body_at


def _stands_alone(lines: list[Line], at: int) -> bool:
    """With blank lines around it: a source line without a title, and not a word in a body."""
    before = at == 0 or lines[at - 1].is_blank
    after = at + 1 >= len(lines) or lines[at + 1].is_blank
    return before and after


def _is_heading(lines: list[Line], at: int) -> bool:
    if not _HEADING.match(lines[at].text):
        return False
    below = _next_filled(lines, at + 1)
    has_source = below < len(lines) and read_source_line(lines[below].text) is not None
    return has_source or at == 0 or lines[at - 1].is_blank


def _next_filled(lines: list[Line], at: int) -> int:
    while at < len(lines) and lines[at].is_blank:
        at += 1
    return at


def _inside_fences(lines: list[Line]) -> set[int]:
    inside: set[int] = set()
    opened, mark = 0, ""
    for at, line in enumerate(lines):
        if mark and closes_fence(line.text, mark):
            inside.update(range(opened, at + 1))
            mark = ""
        elif not mark and (found := _FENCE.match(line.text)):
            opened, mark = at, found["mark"]
    return inside


def _with_ends(starts: list[_Start], end: int) -> list[tuple[_Start, int]]:
    ends = [start.title_at for start in starts[1:]] + [end]
    return list(zip(starts, ends, strict=False))


def _until_orphan(body: list[Line], orphans: set[int]) -> list[Line]:
    for place, line in enumerate(body):
        if line.number - 1 in orphans:
            return body[:place]
    return body


def _orphaned(lines: list[Line], starts: list[_Start], orphans: set[int]) -> list[Unplaced]:
    """A source without a title, and what stands below it, up to the next entry."""
    unplaced: list[Unplaced] = []
    for start, end in _with_ends(starts, len(lines)):
        is_lost = False
        for at in range(start.body_at, end):
            is_lost = is_lost or at in orphans
            if is_lost and not lines[at].is_blank:
                unplaced.append(Unplaced(lines[at].number, lines[at].text.strip()))
    return unplaced


def _opening(
    before: list[Line], orphans: set[int], *, has_entries: bool
) -> tuple[str, str, list[Unplaced]]:
    """Title and intro of the digest, and what stands below a source that has no title.

    Without a single entry nothing of it has a place.
    """
    kept = _until_orphan(before, orphans) if has_entries else []
    lost = [line for line in before[len(kept) :] if not line.is_blank]
    skipped = [Unplaced(line.number, line.text.strip()) for line in lost]
    filled = [line for line in kept if not line.is_blank]
    if not filled:
        return "", "", skipped
    heading = _HEADING.match(filled[0].text)
    title = heading["title"] if heading else filled[0].text.strip()
    rest = kept[kept.index(filled[0]) + 1 :]
    intro = "\n".join(line.text for line in rest).strip()
    if len(title) > MAX_TITLE:
        return "", f"{title}\n\n{intro}".strip(), skipped
    return title, intro, skipped
