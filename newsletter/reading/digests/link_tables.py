"""Tables whose rows each have one link: lists of entries, and written as such. Others stay as they
are. Each line stays where it is; nothing in code is touched.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.domain.issues.digests import Unplaced
from newsletter.reading.digests.code import fenced_lines
from newsletter.reading.digests.entry_lines import is_written_as_address
from newsletter.reading.digests.leading_links import LeadingLink, leading_link

LONGEST_ROW = 10_000
_WHY = "Each row of this table became an entry, so the names of its columns have no place."
_CELL_END = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")
_PICTURE = re.compile(r"!\[[^\[\]]*\]\([^()\s]*\)")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>()\[\]|\\]+|(?<=\]\()<?[^\s<>()]+", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]")
_NUMBER = re.compile(r"#?\d{1,4}[.)]?")
_NAMES_TITLE = re.compile(
    r"\W*(?:title|name|titel|titre|título|titolo|标题|タイトル)\W*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Row:
    cells: tuple[str, ...]
    place: int
    found: LeadingLink
    """The link, and the column that it stands in."""


def read_link_tables(text: str, dropped: list[Unplaced]) -> str:
    if "|" not in text:
        return text
    lines = text.split("\n")
    fenced = fenced_lines(lines)
    at = 1
    while at < len(lines):
        end = _end_of_table(lines, at) if at not in fenced else 0
        rows = _rows(lines[at + 1 : end]) if end and not _addresses(lines[at - 1]) else []
        if rows:
            _write(lines, at, rows, dropped)
        at = max(at + 1, end)
    return "\n".join(lines)


def _end_of_table(lines: Sequence[str], at: int) -> int:
    """Behind its last row, for a rule below a row at `at`; else 0."""
    rule, above = lines[at].strip(), lines[at - 1]
    if "|" not in rule or "|" not in above or len(rule) > LONGEST_ROW:
        return 0
    if not _RULE.fullmatch(rule) or (at > 1 and lines[at - 2].strip()):
        return 0
    end = at + 1
    while end < len(lines) and "|" in lines[end]:
        end += 1
    is_whole = end == len(lines) or not lines[end].strip()
    return end if is_whole and end > at + 1 else 0


def _rows(lines: Sequence[str]) -> list[_Row]:
    """Empty where a row has no link, or several."""
    rows: list[_Row] = []
    for line in lines:
        row = _row(line)
        if row is None:
            return []
        rows.append(row)
    return rows


def _row(line: str) -> _Row | None:
    if len(line) > LONGEST_ROW or len(_addresses(line)) != 1:
        return None
    cells = tuple(_cells(line))
    linked = [(at, found) for at, cell in enumerate(cells) if (found := _link_in(cell))]
    if not linked:
        return None
    place, found = next((one for one in linked if _LETTERS.search(_label(one[1]))), linked[0])
    return _Row(cells, place, found)


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [cell.strip() for cell in _CELL_END.split(inner)]


def _addresses(line: str) -> set[str]:
    found = _ADDRESS.findall(_PICTURE.sub("", line[:LONGEST_ROW]))
    return {one.strip("<").rstrip(".,;:/") for one in found}


def _link_in(cell: str) -> LeadingLink | None:
    return leading_link(cell, {}, LONGEST_ROW)


def _label(found: LeadingLink) -> str:
    return _PICTURE.sub("", found.label).strip()


def _write(lines: list[str], at: int, rows: Sequence[_Row], dropped: list[Unplaced]) -> None:
    names = _cells(lines[at - 1])
    if any(names):
        dropped.append(Unplaced(at, lines[at - 1].strip(), _WHY))
    lines[at - 1] = lines[at] = ""
    labels = [_label(row.found).casefold() for row in rows]
    is_generic = len(rows) > 1 and len(set(labels)) == 1
    for number, row in enumerate(rows):
        lines[at + 1 + number] = _item(row, names, number, is_generic=is_generic)


def _item(row: _Row, names: Sequence[str], number: int, *, is_generic: bool) -> str:
    label, url = _label(row.found), row.found.url
    says_nothing = row.found.is_address or is_written_as_address(label, url) or not label
    title_at = _place_of_title(row, names, any_column=is_generic or says_nothing)
    label = label if title_at == row.place else row.cells[title_at]
    around = (row.found.before.strip("*_ "), row.found.after.strip("*_ "))
    comment: list[str] = []
    for at, cell in enumerate(row.cells):
        if at == row.place:
            comment += [one for one in around if one]
        elif at != title_at and cell and not _is_number_of_row(cell, at, number):
            comment.append(cell)
    title = f"<{url}>" if label == url or not label else f"[{label}](<{url}>)"
    return f"- {title} – {' – '.join(comment)}" if comment else f"- {title}"


def _place_of_title(row: _Row, names: Sequence[str], *, any_column: bool) -> int:
    """The column called so, that of the link, or where that says nothing the first with words."""
    others = [
        at
        for at, cell in enumerate(row.cells)
        if at != row.place and _LETTERS.search(cell) and "](" not in cell
    ]
    named = [at for at in others if at < len(names) and _NAMES_TITLE.fullmatch(names[at])]
    return next(iter([*named, *(others if any_column else ())]), row.place)


def _is_number_of_row(cell: str, at: int, number: int) -> bool:
    return at == 0 and bool(_NUMBER.fullmatch(cell)) and cell.strip("#.)") == str(number + 1)
