"""Link definitions of a Markdown digest (`[label]: address`), and which texts ask for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_DEFINITION = re.compile(r"^ {0,3}\[(?P<label>(?:[^\[\]\\]|\\.){1,300})\]:")
_LABEL = re.compile(r"\[((?:[^\[\]\\]|\\.){1,300})\]")


def label_of(line: str) -> str:
    """The label that a line defines, folded as Markdown does; "" when it defines none."""
    found = _DEFINITION.match(line)
    return _folded(found["label"]) if found else ""


def labels_in(texts: Iterable[str]) -> set[str]:
    """All that may be a label in these texts."""
    return {_folded(label) for text in texts for label in _LABEL.findall(text)}


def uncovered_lines(lines: list[str], first: int, covered: Iterable[tuple[int, int]]) -> list[int]:
    """The indexes of the lines that became no block: definitions, and titles of them."""
    taken = set[int]()
    for start, end in covered:
        taken.update(range(start, end))
    return [at for at in range(first, len(lines)) if at not in taken and lines[at].strip()]


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


def _folded(label: str) -> str:
    return " ".join(label.split()).casefold()
