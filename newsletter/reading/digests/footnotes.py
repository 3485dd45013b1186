"""Footnotes of a Markdown digest: each goes along with the text that asks for it.

In a mail a note is below the text that it belongs to, not at the end of the issue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from newsletter.domain.issues.digests import Block, BlockKind, Unplaced
from newsletter.reading.digests.code import fenced_lines
from newsletter.reading.digests.drafts import SectionDraft
from newsletter.reading.digests.references import labels_in, wanted_definitions

_NOTE = re.compile(r"^ {0,3}\[\^[^\s\[\]]{1,100}\]:")
_MARKER = re.compile(r"\s?\[(\^[^\s\[\]]{1,100})\]")
_MOST_REPEATED = 4


class Footnotes:
    """Those of `lines`, in which theirs are blank afterwards."""

    def __init__(self, lines: list[str]) -> None:
        self._notes = _taken(lines) if any("[^" in line for line in lines) else {}
        self._lines = {_label(note): at for at, note in self._notes.items()}
        self._used = set[int]()

    def move_from_titles(self, sections: Sequence[SectionDraft]) -> None:
        """A title has no notes: their numbers go, and their words are in the text below it."""
        if not self._notes:
            return
        for section in sections:
            section.title, words = self._of_title(section.title)
            section.intro += words
            for entry in section.entries:
                entry.title, words = self._of_title(entry.title)
                for text in words:
                    entry.add(text, [Block(BlockKind.PARAGRAPH, text, is_markdown=True)])

    def _of_title(self, title: str) -> tuple[str, list[str]]:
        asked = [self._lines.get(label.casefold()) for label in _MARKER.findall(title)]
        found = [at for at in asked if at is not None]
        if not found:
            return title, []
        self._used.update(found)
        words = [_words(self._notes[at]) for at in found]
        return _MARKER.sub("", title).strip(), words

    def place(self, texts: Sequence[list[str]]) -> list[Unplaced]:
        """Adds each to the texts that ask for it, and returns those that nobody asks for."""
        if not self._notes:
            return []
        labels = {number: labels_in(pieces) for number, pieces in enumerate(texts)}
        budget = _MOST_REPEATED * sum(map(len, self._notes.values()))
        wanted = wanted_definitions(self._notes, labels, budget)
        for at, note in self._notes.items():
            for number in wanted[at]:
                texts[number].append(note)
        lost = (at for at in self._notes if not wanted[at] and at not in self._used)
        return [Unplaced(at + 1, self._notes[at]) for at in lost]


def _taken(lines: list[str]) -> dict[int, str]:
    """By their first lines; what is indented below goes on with a note."""
    fenced = fenced_lines(lines)
    notes: dict[int, list[str]] = {}
    last: int | None = None
    for at, line in enumerate(lines):
        if at not in fenced and _NOTE.match(line):
            notes[at] = [line.strip()]
            last = at
        elif last is not None and (line.startswith(("    ", "\t")) or not line.strip()):
            notes[last].append(f"    {line.strip()}" if line.strip() else "")
        else:
            last = None
            continue
        lines[at] = ""
    return {at: "\n".join(note).rstrip() for at, note in notes.items()}


def _label(note: str) -> str:
    return note[1 : note.index("]:")].casefold()


def _words(note: str) -> str:
    lines = note.partition("]:")[2].strip().split("\n")
    return "\n".join(line.removeprefix("    ") for line in lines)
