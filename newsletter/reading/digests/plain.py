"""The plain-text form and the web form: a title line, a line of sources, then the body.

Both are read the same way; in the web form titles are marked by `# ` as well. A `## ` line that
has no source and no text below is the heading of a section.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, replace

from newsletter.domain.issues.digests import Digest, DigestEntry, DigestSection, Unplaced
from newsletter.reading.digests.blocks import is_list_item, read_blocks
from newsletter.reading.digests.code import fenced_lines
from newsletter.reading.digests.front_matter import read_front_matter
from newsletter.reading.digests.left_out import pieces_left_out
from newsletter.reading.digests.sources import OPENS_NEW_WINDOW, SourceLine, read_source_line

MAX_TITLE = 300
MAX_SOURCES = 20
LONG_FOR_A_SENTENCE = 60

_HEADING = re.compile(r"^(?P<marks>#{1,3})[ \t]+(?P<title>.*\S)$")
_RULE = re.compile(r"^(?:[-=_*~#>|\\`.·•—–]\s*)+$")
_SENTENCE_END = re.compile(r"[.。;；,，:：…]$")


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
    level: int = 0
    is_section: bool = False


def parse_plain(text: str) -> Digest:
    typed = _moved_left(text).split("\n")
    front = read_front_matter(typed)
    lines = [
        Line(number, OPENS_NEW_WINDOW.sub("", line).rstrip())
        for number, line in enumerate([""] * front.end + typed[front.end :], start=1)
    ]
    starts, orphans = _starts(lines)
    first = starts[0].title_at if starts else len(lines)
    title, intro, skipped = _opening(lines[:first], orphans, has_entries=bool(starts))
    given = front.values.get("title", "")
    digest = Digest(
        title=given or title,
        sections=_sections(lines, starts, orphans),
        unplaced=(*skipped, *_orphaned(lines, starts, orphans)),
        intro=f"{title}\n\n{intro}".strip() if given and title != given else intro,
        front_matter=front.values,
        other_keys=front.others,
    )
    left_out = pieces_left_out(((line.number, line.text) for line in lines), digest)
    return replace(digest, unplaced=(*digest.unplaced, *left_out))


def _moved_left(text: str) -> str:
    """Removes the common margin of a digest that is indented as a whole."""
    return textwrap.dedent(text) if text.lstrip("\n")[:1] in (" ", "\t") else text


def _sections(
    lines: list[Line], starts: list[_Start], orphans: set[int]
) -> tuple[DigestSection, ...]:
    sections: list[tuple[str, list[DigestEntry]]] = [("", [])]
    for start, end in _with_ends(starts, len(lines)):
        if start.is_section:
            sections.append((start.title, []))
            continue
        body = _until_orphan(lines[start.body_at : end], orphans)
        entry = DigestEntry(
            title=start.title,
            url=start.source.url if start.source else "",
            sources=start.source.sources if start.source else (),
            blocks=read_blocks([line.text for line in body]),
            line=lines[start.title_at].number,
        )
        sections[-1][1].append(entry)
    return tuple(
        DigestSection(title, tuple(entries)) for title, entries in sections if title or entries
    )


def _starts(lines: list[Line]) -> tuple[list[_Start], set[int]]:
    """The entries' beginnings, and the indexes of source lines that have no title above them.

    A `# ` line without a source is a title only where others are (or where nothing else is
    found): below a blank line it may as well be a remark in a piece of code.
    """
    fenced = fenced_lines([line.text for line in lines])
    is_web = any(_has_source_below(lines, at) for at in _headings(lines, fenced))
    starts, orphans = _found_starts(lines, fenced, bare_headings=is_web)
    if not starts:
        starts, orphans = _found_starts(lines, fenced, bare_headings=True)
    return _without_digest_title(_with_sections(lines, starts)), orphans


def _headings(lines: list[Line], fenced: set[int]) -> list[int]:
    return [at for at, line in enumerate(lines) if at not in fenced and _HEADING.match(line.text)]


def _found_starts(
    lines: list[Line], fenced: set[int], *, bare_headings: bool
) -> tuple[list[_Start], set[int]]:
    starts: list[_Start] = []
    orphans: set[int] = set()
    taken = -1
    for at in range(len(lines)):
        if at in fenced or at <= taken:
            continue
        if _is_heading(lines, at, bare=bare_headings):
            starts.append(_from_heading(lines, at))
        elif source := _source_at(lines, at):
            found = _title_above(lines, at, taken)
            if found:
                starts.append(_Start(found[0], found[1], at + 1, source))
            elif at == taken + 1 and starts and _takes(starts[-1], source):
                starts[-1].body_at += 1
            elif _stands_alone(lines, at):
                orphans.add(at)
        if starts:
            taken = max(taken, starts[-1].body_at - 1)
    return starts, orphans


def _takes(start: _Start, also: SourceLine) -> bool:
    """Sources may be on lines of their own, one below the other; an entry has one address."""
    before = start.source
    if before is None or (before.url and also.url) or len(before.sources) >= MAX_SOURCES:
        return False
    start.source = SourceLine(before.sources + also.sources, before.url or also.url)
    return True


def _source_at(lines: list[Line], at: int) -> SourceLine | None:
    """None also for a title that looks like a site, such as Booking.com, with its source below."""
    text = lines[at].text.strip()
    source = read_source_line(text)
    if source is None or source.url or text == text.lower() or text == text.upper():
        return source
    is_title = _has_source_below(lines, at) and _stands_alone(lines, at) and " " not in text
    return None if is_title else source


def _with_sections(lines: list[Line], starts: list[_Start]) -> list[_Start]:
    """A `## ` line right above an entry is the heading of a section."""
    found: list[_Start] = []
    body_at = 0
    for start in starts:
        above = start.title_at - 1
        while above >= body_at and lines[above].is_blank:
            above -= 1
        heading = _HEADING.match(lines[above].text) if above >= body_at else None
        if heading and heading["marks"] == "##":
            found.append(_Start(above, heading["title"], above + 1, None, 2, is_section=True))
        elif found and found[-1].level == 2 and found[-1].source is None:
            found[-1].is_section = found[-1].is_section or above < found[-1].body_at
        found.append(start)
        body_at = start.body_at
    return found


def _from_heading(lines: list[Line], at: int) -> _Start:
    matched = _HEADING.match(lines[at].text)
    title = matched["title"] if matched else lines[at].text.strip()
    below = _next_filled(lines, at + 1)
    source = read_source_line(lines[below].text) if below < len(lines) else None
    level = len(matched["marks"]) if matched else 0
    return _Start(at, title, below + 1 if source else at + 1, source, level)


def _without_digest_title(starts: list[_Start]) -> list[_Start]:
    """In the web form the first heading is the digest's title, if no source follows it."""
    if len(starts) > 1 and starts[0].level == 1 and starts[0].source is None:
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
        len(words) > MAX_TITLE
        or is_sentence
        or is_list_item(text)
        or _RULE.match(words)
        or (read_source_line(words) and words in (words.lower(), words.upper()))
    )


def _is_second_line_of_title(lines: list[Line], at: int, taken: int) -> bool:
    """Two short lines on their own, the first of which does not end a sentence."""
    before = at - 1
    if before <= taken or lines[before].is_blank:
        return False
    starts_paragraph = before - 1 <= taken or lines[before - 1].is_blank
    follows_source = before - 1 == taken and taken >= 0
    first = lines[before].text.strip()
    if _HEADING.match(first):
        return False
    is_short = len(first) <= LONG_FOR_A_SENTENCE * 2 and _may_be_title(first)
    return starts_paragraph and not follows_source and is_short and first[-1] not in ".!?。！？"


def _stands_alone(lines: list[Line], at: int) -> bool:
    """With blank lines around it: a source line without a title, and not a word in a body."""
    before = at == 0 or lines[at - 1].is_blank
    after = at + 1 >= len(lines) or lines[at + 1].is_blank
    return before and after


def _is_heading(lines: list[Line], at: int, *, bare: bool) -> bool:
    if not _HEADING.match(lines[at].text):
        return False
    return _has_source_below(lines, at) or (bare and _stands_alone(lines, at))


def _has_source_below(lines: list[Line], at: int) -> bool:
    below = _next_filled(lines, at + 1)
    return below < len(lines) and read_source_line(lines[below].text) is not None


def _next_filled(lines: list[Line], at: int) -> int:
    while at < len(lines) and lines[at].is_blank:
        at += 1
    return at


def _with_ends(starts: list[_Start], end: int) -> list[tuple[_Start, int]]:
    ends = [start.title_at for start in starts[1:]] + [end]
    return list(zip(starts, ends, strict=False))


def _until_orphan(body: list[Line], orphans: set[int]) -> list[Line]:
    for place, line in enumerate(body):
        if line.number - 1 in orphans:
            return body[:place]
    return body


def _orphaned(lines: list[Line], starts: list[_Start], orphans: set[int]) -> list[Unplaced]:
    """A source without a title, and the text below it, up to the next entry."""
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
    """Title and intro of the digest, and the text below a source without a title.

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
