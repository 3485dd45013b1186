"""Links that stand as notes at the end of a section or of the text: `Knots [1]`, and below
`[1]: https://…`, `[1] https://…`, `1. https://…` or `[^1]: https://…`.

A short line that ends in a note is a title, and the note its link. In a sentence the note's number
becomes the link.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from newsletter.domain.issues.digests import Unplaced
from newsletter.reading.digests.code import fenced_lines
from newsletter.reading.digests.converted import Converted

LONGEST_TITLE = 120
LONGEST_SECTION = 60
MOST_COLUMNS = 8

_MARKER = re.compile(r"(?<![\]!\\])\[\^?(\d{1,3})\](?![\[(:])")
_NOTE = re.compile(
    r"^\s{0,8}(?:\[(?P<bracketed>\^?\d{1,3})\]:?|(?P<listed>\d{1,3})[.:)])"
    r"[ \t]{1,20}<?(?P<url>(?:https?://|www\.|mailto:)[^\s<>]+?)>?[ \t]*$"
)
_LEAD = re.compile(r"[ \t]*(?:#{1,6}[ \t]+|[-*+•][ \t]+|\d{1,3}[.)][ \t]+|\d{1,3}、[ \t]*)?")
_AFTER_TITLE = re.compile(r"\s*(?:$|[-–—:：(（|])")
_SENTENCE = re.compile(r"[.!?]\s|[。！？]|\]\(")
_NOTES_HEADING = re.compile(r"#{1,6}[ \t]+\S[^\n]{0,30}|[^\s:\[\]][^:\[\]]{0,30}:")
_WORD = re.compile(r"\w")
_GAP = re.compile(r"[ \t]{2,}|\t|[ \t]+\|[ \t]+")


@dataclass(frozen=True, slots=True)
class _Note:
    at: int
    url: str


class _Notes:
    """By number, in the order of their lines: numbers may begin again in each section."""

    def __init__(self, lines: list[str], fenced: set[int]) -> None:
        self._notes: dict[str, list[_Note]] = {}
        self.lines = set[int]()
        for at, line in enumerate(lines):
            found = _NOTE.match(line) if at not in fenced else None
            if found:
                number = (found["bracketed"] or found["listed"]).lstrip("^")
                url = found["url"] if ":" in found["url"] else f"https://{found['url']}"
                self._notes.setdefault(number, []).append(_Note(at, url))
                self.lines.add(at)

    def note_for(self, number: str, at: int) -> _Note | None:
        """The next one below a line, or else the last above it."""
        notes = self._notes.get(number, ())
        below = bisect(notes, at, key=lambda note: note.at)
        if below < len(notes):
            return notes[below]
        return notes[-1] if notes else None


def place_notes(text: str) -> Converted:
    """Each link is where its number stood; the notes that were asked for are gone."""
    if "[" not in text or "://" not in text:
        return Converted(text)
    lines = text.split("\n")
    fenced = fenced_lines(lines)
    notes = _Notes(lines, fenced)
    if not notes.lines:
        return Converted(text)
    asked: list[dict[str, _Note]] = []
    for at, line in enumerate(lines):
        is_text = at not in fenced and at not in notes.lines
        found = {one: notes.note_for(one, at) for one in _MARKER.findall(line) if is_text}
        asked.append({number: note for number, note in found.items() if note})
    gone = {note.at for found in asked for note in found.values()}
    headings = set(_headings_of_notes(lines, gone))
    titles = dict(_titles(lines, asked))
    written: list[tuple[int, str]] = []
    for at, line in enumerate(lines):
        urls = _urls(asked[at])
        if at in gone or at in headings:
            new = [""]
        elif at in titles:
            new = [_marked(lines, at, titles, gone)]
        elif _is_section(lines, at, titles, gone):
            new = [f"## {line.strip()}"]
        else:
            columns = _columns(line, urls) if urls else []
            new = [f"- {title}" for title in columns] or [_numbered(line, urls)]
        written += [(at + 1, one) for one in new]
    return Converted(
        "\n".join(line for _, line in written),
        lines=tuple(number for number, _ in written),
        dropped=tuple(Unplaced(at + 1, lines[at].strip()) for at in sorted(headings)),
    )


def _headings_of_notes(lines: list[str], notes: set[int]) -> Iterator[int]:
    """`Links:` or `## Links` above them names nothing any more, nor does a rule below it."""
    for at in notes:
        above = _filled_above(lines, at)
        underline = above if above >= 0 and not lines[above].strip("-=_~ ") else -1
        above = _filled_above(lines, underline) if underline >= 0 else above
        if above >= 0 and above not in notes and _NOTES_HEADING.fullmatch(lines[above].strip()):
            yield above
            yield from [underline] if underline >= 0 else []


def _filled_above(lines: list[str], at: int) -> int:
    above = at - 1
    while above >= 0 and at - above < 4 and not lines[above].strip():
        above -= 1
    return above if above >= 0 and lines[above].strip() else -1


def _titles(lines: list[str], asked: Sequence[Mapping[str, _Note]]) -> Iterator[tuple[int, str]]:
    """The lines that are titles with notes: each begins a paragraph, or is in a run of such."""
    begins = True
    for at, line in enumerate(lines):
        urls = _urls(asked[at])
        is_row = bool(urls and _columns(line, urls))
        begins = begins or _is_led(line) or _ends_block(lines[at - 1])
        titled = _titled(line, urls) if begins and urls and not is_row else None
        begins = is_row or titled is not None
        if titled:
            yield at, titled


def _is_section(lines: list[str], at: int, titles: Mapping[int, str], notes: set[int]) -> bool:
    """A short line on its own, right above a title that is going to be a heading."""
    is_first = at > 0 and (not lines[at - 1].strip() or _is_ornament(lines, at - 1))
    if not is_first or _is_led(lines[at]) or not _is_short(lines, at):
        return False
    below = _filled(lines, at + 1)
    return below in titles and _marked(lines, below, titles, notes).startswith("#")


def _is_ornament(lines: list[str], at: int) -> bool:
    """A line of its own above a title, such as an emoji."""
    line = lines[at].strip()
    is_first = at == 0 or not lines[at - 1].strip()
    return is_first and 0 < len(line) <= 8 and not _WORD.search(line) and not _ends_block(line)


def _marked(lines: list[str], at: int, titles: Mapping[int, str], notes: set[int]) -> str:
    """A title as the item of a list, or as a heading where a text is below it."""
    if _is_led(lines[at]):
        return titles[at]
    below = _filled(lines, at + 1)
    is_alone = (
        below >= len(lines)
        or below in titles
        or below in notes
        or _is_led(lines[below])
        or (below > at + 1 and _is_short(lines, below))
    )
    return ("- " if is_alone else "### ") + titles[at].lstrip()


def _is_short(lines: list[str], at: int) -> bool:
    """A line that may be the title of a section, or is marked as such."""
    line = lines[at].strip()
    if line.startswith("#"):
        return True
    is_alone = at + 1 >= len(lines) or _ends_block(lines[at + 1])
    return is_alone and 0 < len(line) <= LONGEST_SECTION and line[-1] not in ".!?。！？"


def _filled(lines: list[str], at: int) -> int:
    return next((found for found in range(at, len(lines)) if lines[found].strip()), len(lines))


def _columns(line: str, urls: Mapping[str, str]) -> list[str]:
    """The titles of a line that is nothing but several of them, with gaps between."""
    pieces = [piece for piece in _GAP.split(line.strip(), MOST_COLUMNS) if piece]
    ends = [_MARKER.search(piece) for piece in pieces]
    if not all(found and found.end() == len(found.string) for found in ends):
        return []
    titled = [_titled(_LEAD.sub("", piece, count=1), urls) for piece in pieces]
    titles = [title for title in titled if title]
    return titles if len(titles) == len(pieces) > 1 else []


def _is_led(line: str) -> bool:
    found = _LEAD.match(line)
    return found is not None and bool(found[0].strip())


def _ends_block(line: str) -> bool:
    """Blank, a rule or an underline, or a heading."""
    return not line.strip("=-~_* \t") or line.startswith("#")


def _titled(line: str, urls: Mapping[str, str]) -> str | None:
    """None where the first note is not at the end of a title."""
    found = _MARKER.search(line)
    lead = _LEAD.match(line)
    if found is None or lead is None or found[1] not in urls:
        return None
    title, rest = line[lead.end() : found.start()].rstrip(), line[found.end() :]
    is_title = 0 < len(title) <= LONGEST_TITLE and not _SENTENCE.search(title)
    if not is_title or not (_AFTER_TITLE.match(rest) or lead[0].strip()):
        return None
    return f"{lead[0]}[{_balanced(title)}](<{urls[found[1]]}>){_numbered(rest, urls)}"


def _urls(notes: Mapping[str, _Note]) -> dict[str, str]:
    return {number: note.url for number, note in notes.items()}


def _balanced(title: str) -> str:
    is_balanced = title.count("[") == title.count("]")
    return title if is_balanced else title.replace("[", "\\[").replace("]", "\\]")


def _numbered(line: str, urls: Mapping[str, str]) -> str:
    def link(found: re.Match[str]) -> str:
        url = urls.get(found[1])
        return f"[\\[{found[1]}\\]](<{url}>)" if url else found[0]

    return _MARKER.sub(link, line)
