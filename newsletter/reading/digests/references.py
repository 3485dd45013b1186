"""Link definitions of a Markdown digest (`[label]: address`), and which texts ask for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from newsletter.domain.issues.digests import Unplaced

_MOST_REPEATED = 4

_DEFINITION = re.compile(r"^ {0,3}\[(?P<label>(?:[^\[\]\\]|\\.){1,300})\]:")
_LABEL = re.compile(r"\[((?:[^\[\]\\]|\\.){1,300})\]")


def label_of(line: str) -> str:
    """The label that a line defines, folded as Markdown does; "" when it defines none."""
    found = _DEFINITION.match(line)
    return _folded(found["label"]) if found else ""


def labels_in(texts: Iterable[str]) -> set[str]:
    """All that may be a label in these texts."""
    return {_folded(label) for text in texts for label in _LABEL.findall(text)}


def uncovered_lines(lines: Sequence[str], covered: Iterable[tuple[int, int]]) -> list[int]:
    """The indexes of the lines that became no block: definitions, and titles of them."""
    taken = set[int]()
    for start, end in covered:
        taken.update(range(start, end))
    return [at for at in range(len(lines)) if at not in taken and lines[at].strip()]


def wanted_definitions(
    definitions: Mapping[int, str], labels: Mapping[int, set[str]], budget: int
) -> dict[int, list[int]]:
    """For each definition (by its line) the entries (by number) that ask for it.

    A definition is repeated at each of them; `budget` bounds the characters of all copies, so
    that a small text can't become a giant one. Beyond it, no entry gets a copy.
    """
    users: dict[str, list[int]] = {}
    for entry, asked in labels.items():
        for label in asked:
            users.setdefault(label, []).append(entry)
    wanted: dict[int, list[int]] = {}
    for at, line in definitions.items():
        found = users.get(label_of(line), [])
        budget -= len(line) * len(found)
        wanted[at] = sorted(found) if budget >= 0 else []
    return wanted


def place_definitions(
    lines: Sequence[str], covered: Iterable[tuple[int, int]], texts: Sequence[list[str]]
) -> list[Unplaced]:
    """Each definition goes along with the texts that ask for it; what nobody asks for is returned.

    `covered` are the lines of the blocks, `texts` the pieces of each intro and body.
    """
    definitions = {at: lines[at].strip() for at in uncovered_lines(lines, covered)}
    if not definitions:
        return []
    labels = {number: labels_in(pieces) for number, pieces in enumerate(texts)}
    wanted = wanted_definitions(definitions, labels, _MOST_REPEATED * sum(map(len, lines)))
    in_titles = labels_in(line for at, line in enumerate(lines) if at not in definitions)
    for at, line in definitions.items():
        for number in wanted[at]:
            texts[number].append(line)
    return [
        Unplaced(at + 1, line)
        for at, line in definitions.items()
        if not wanted[at] and label_of(line) not in in_titles
    ]


def _folded(label: str) -> str:
    return " ".join(label.split()).casefold()
