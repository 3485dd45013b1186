"""What a pasted digest says and the issue doesn't: told by the checks until it is settled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

from newsletter.domain.checks.preflight import THE_MAIL, Finding, error, note
from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent

MOST_WORDS_PERCENT = 2
_WORD = re.compile(r"[\u2e80-\u9fff\uac00-\ud7a3]|[^\W_\u2e80-\u9fff\uac00-\ud7a3]+")
_ADDRESS = re.compile(r"\w+://\S+")


class Piece(Protocol):
    @property
    def line(self) -> int: ...
    @property
    def text(self) -> str: ...


class Place(StrEnum):
    """What becomes of a piece."""

    ENTRY = "entry"
    COMMENT = "comment"
    INTRO = "intro"
    DROP = "drop"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """`after` is the id of the entry that it stood behind, None at the top. A piece that is dropped
    is kept, so that it can be brought back.
    """

    line: int
    text: str
    after: int | None = None
    is_dropped: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "line": self.line,
            "text": self.text,
            "after": self.after,
            "is_dropped": self.is_dropped,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> LeftOut:
        """Of earlier releases, the first two alone."""
        after, is_dropped = stored.get("after"), bool(stored.get("is_dropped"))
        return cls(stored["line"], stored["text"], after, is_dropped)


def amount_of(pieces: Sequence[Piece]) -> str:
    """Such as: 1 link and 12 words."""
    links = sum(piece.text.count("://") for piece in pieces)
    words = _words_left_out(pieces)
    counts = [_count(links, "link"), _count(words, "word")]
    return " and ".join(count for count in counts if not count.startswith("0 ")) or counts[1]


def with_entry(content: IssueContent, piece: LeftOut, entry: EntryContent) -> IssueContent:
    """Right behind the one that the piece stood behind; else the first of all."""
    sections = list(content.sections) or [SectionContent("", ())]
    at, index = _place_of(content, piece)
    entries = list(sections[at].entries)
    entries.insert(index, entry)
    sections[at] = replace(sections[at], entries=tuple(entries))
    return replace(content, sections=tuple(sections))


def with_comment(content: IssueContent, piece: LeftOut) -> IssueContent:
    """In the body of the entry above; in the introduction where there is none."""
    at, index = _place_of(content, piece)
    if index == 0:
        return with_intro(content, piece)
    section = content.sections[at]
    entries = list(section.entries)
    above = entries[index - 1]
    entries[index - 1] = replace(above, body=_joined(above.body, piece.text))
    return _with_section(content, at, replace(section, entries=tuple(entries)))


def with_intro(content: IssueContent, piece: LeftOut) -> IssueContent:
    """Of the section that it stood in; above all entries, of the issue."""
    at, index = _place_of(content, piece)
    if index == 0:
        return replace(content, intro=_joined(content.intro, piece.text))
    section = content.sections[at]
    return _with_section(content, at, replace(section, intro=_joined(section.intro, piece.text)))


def left_out_findings(left_out: Sequence[Piece], content: IssueContent) -> Iterator[Finding]:
    """An error from one link, or two per cent of the words, on."""
    if not left_out:
        return
    links = sum(piece.text.count("://") for piece in left_out)
    words = _words_left_out(left_out)
    share = share_left_out(left_out, content)
    lines = ", ".join(str(piece.line) for piece in left_out[:5])
    what = f"{_count(words, 'word')} and {_count(links, 'link')} of the pasted text"
    serious = links > 0 or share >= MOST_WORDS_PERCENT
    yield (error if serious else note)(
        "left-out",
        THE_MAIL,
        f"{what} ({share:.1f} %) are in no entry and no introduction: line {lines}"
        f"{' and more' if len(left_out) > 5 else ''}.",
        "Find each piece where it stood in the issue, and place or drop it there.",
    )


def _place_of(content: IssueContent, piece: LeftOut) -> tuple[int, int]:
    """The section, and the place in it behind the entry above. (0, 0) where that is gone."""
    for at, section in enumerate(content.sections):
        for index, entry in enumerate(section.entries):
            if entry.id is not None and entry.id == piece.after:
                return at, index + 1
    return 0, 0


def _with_section(content: IssueContent, at: int, section: SectionContent) -> IssueContent:
    sections = content.sections
    return replace(content, sections=(*sections[:at], section, *sections[at + 1 :]))


def _joined(above: str, text: str) -> str:
    return f"{above.rstrip()}\n\n{text}".strip()


def share_left_out(left_out: Sequence[Piece], content: IssueContent) -> float:
    """Per cent of the words."""
    words = _words_left_out(left_out)
    return 100 * words / max(1, words + _words_of(content))


def _words_left_out(left_out: Sequence[Piece]) -> int:
    return sum(_words_in(_ADDRESS.sub(" ", piece.text)) for piece in left_out)


def _words_of(content: IssueContent) -> int:
    texts = [content.title, content.intro]
    texts += [text for section in content.sections for text in (section.title, section.intro)]
    texts += [text for entry in content.entries for text in (entry.title, entry.body)]
    return sum(map(_words_in, texts))


def _words_in(text: str) -> int:
    return len(_WORD.findall(text))


def _count(count: int, one: str) -> str:
    return f"{count} {one}{'' if count == 1 else 's'}"
