"""Org as Markdown, line by line: headings, lists, links, blocks, notes and tables.

What is for the program that it was written in (drawers, tags, comments, options) is reported as
dropped.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator

from newsletter.domain.issues.digests import Unplaced
from newsletter.reading.digests.block_markdown import literal_starts
from newsletter.reading.digests.converted import Converted
from newsletter.reading.digests.front_matter import write_front_matter
from newsletter.reading.digests.org_inline import inline_markdown

_KEYWORD = re.compile(r"^\s*#\+(?P<key>[A-Za-z_]{1,40}):(?:\s+(?P<value>.*))?$")
_BEGIN = re.compile(
    r"^\s*#\+begin_(?P<kind>\w{1,40})(?:\s+(?P<info>\S{1,100}).*)?\s*$", re.IGNORECASE
)
_END = re.compile(r"^\s*(#\+end_\w{1,40}|:end:)\s*$", re.IGNORECASE)
_HEADING = re.compile(
    r"^(?P<stars>\*{1,20})\s+(?:(?P<state>TODO|DONE|NEXT|WAITING|CANCELLED|CANCELED)\s+)?"
    r"(?:(?P<priority>\[#\w\])\s+)?(?P<title>.*?)$"
)
_TAGS = re.compile(r":[\w@#%:]{1,200}:")
_ITEM = re.compile(
    r"^(?P<indent>\s*)(?P<mark>[-+]|(?<=\s)\*|\d{1,9}[.)])\s+(?:\[@\d+\]\s*)?(?P<text>.*)$"
)
_NOTE = re.compile(r"^\[fn:(?P<name>[\w-]{1,60})\]\s+(?P<text>.*)$")
_DRAWER = re.compile(r"^\s*:(?!END:)[\w-]{1,60}:\s*$")
_PLANNED = re.compile(r"^\s*(?:CLOSED|SCHEDULED|DEADLINE):\s")
_BOX = re.compile(r"\[([ xX-])\]\s+")
_RULE = re.compile(r"-{5,}$")
_RULED = re.compile(r"^\s*\|[-+|]+\s*$")
_HEAD_LINE = re.compile(
    r"^#\+(?:title|date|author|options|begin_src):?", re.IGNORECASE | re.MULTILINE
)
_LINK = re.compile(r"\[\[(?:https?|file):[^\[\]\n]{1,2000}\]")
_MARKDOWN_LINK = re.compile(r"\]\([^()\s]+\)")
_DAY = re.compile(r"[\[<]?(\d{4}-\d{2}-\d{2})")
_HEAD = frozenset(("title", "subtitle", "date", "author", "description"))


def is_org(text: str, file_name: str = "") -> bool:
    """By the name of the file, or by its head, or by links that no other form has."""
    if file_name.lower().endswith(".org"):
        return True
    if _MARKDOWN_LINK.search(text):
        return False
    return bool(_HEAD_LINE.search(text) or _LINK.search(text))


def markdown_of_org(text: str) -> Converted:
    reader = _Reader(text.split("\n"))
    lines = list(reader.read())
    head = write_front_matter(reader.head)
    numbered = [(line, 1) for line in head.split("\n") if head] + lines
    return Converted(
        "\n".join(line for line, _ in numbered),
        lines=tuple(number for _, number in numbered),
        dropped=tuple(reader.dropped),
    )


class _Reader:
    """`head` and `dropped` are complete once all that `read` gives has been taken."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = 0
        self.head: dict[str, str] = {}
        self.dropped: list[Unplaced] = []
        self._lists: list[tuple[int, int]] = []
        """Of each open list: the indent of its marks as typed, and that of its text as written."""
        self._was_text = False
        self._ends: dict[str, list[int]] = {}
        for at, line in enumerate(lines):
            if found := _END.match(line):
                self._ends.setdefault(found[1].lower(), []).append(at)
        tops = [at for at, line in enumerate(lines) if line.startswith("* ")]
        is_titled = any(line.lower().startswith("#+title:") for line in lines)
        # A lone heading above all others is the digest's title.
        self._moved = 0 if len(tops) == 1 and not is_titled else 1

    def read(self) -> Iterator[tuple[str, int]]:
        while self._at < len(self._lines):
            first = self._at + 1
            for offset, line in enumerate(self._read_line(self._lines[self._at])):
                yield line, min(first + offset, self._at + 1)
            self._at += 1

    def _read_line(self, line: str) -> list[str]:
        """Takes the lines of a block or drawer as well. `_at` is the last that was read."""
        if not line.strip():
            self._was_text = False
            return [""]
        heading = _HEADING.match(line)
        return self._heading(heading) if heading else self._read_below(line)

    def _read_below(self, line: str) -> list[str]:
        if begun := _BEGIN.match(line):
            return self._block(begun["kind"].lower(), begun["info"] or "")
        if keyword := _KEYWORD.match(line):
            return self._keyword(keyword["key"].lower(), keyword["value"] or "")
        if _DRAWER.match(line):
            return self._drawer()
        if _PLANNED.match(line) or re.match(r"\s*#(?:\s|$)", line):
            return self._drop(line.strip())
        return self._text(line)

    def _drop(self, text: str) -> list[str]:
        self.dropped.append(Unplaced(self._at + 1, text))
        return [""]

    def _keyword(self, key: str, value: str) -> list[str]:
        if key not in _HEAD:
            return self._drop(self._lines[self._at].strip())
        day = _DAY.search(value) if key == "date" else None
        self.head[key] = day[1] if day else value.strip()
        return [""]

    def _heading(self, found: re.Match[str]) -> list[str]:
        self._lists = []
        title = found["title"].rstrip()
        *_, last = title.split() or [""]
        tags = last if _TAGS.fullmatch(last) else ""
        for piece in (found["state"], found["priority"], tags):
            if piece:
                self._drop(piece)
        level = min(len(found["stars"]) + self._moved, 6)
        words = inline_markdown(title.removesuffix(tags).rstrip())
        return [*self._apart(), f"{'#' * level} {words}"]

    def _apart(self) -> list[str]:
        """A blank line, where a paragraph would go on."""
        was_text, self._was_text = self._was_text, False
        return [""] if was_text else []

    # Blocks

    def _until(self, end: str) -> list[str] | None:
        """The lines up to one that says `end`, which becomes the current one; None without it."""
        ends = self._ends.get(end, [])
        found = bisect(ends, self._at)
        if found == len(ends):
            return None
        body = self._lines[self._at + 1 : ends[found]]
        self._at = ends[found]
        return body

    def _drawer(self) -> list[str]:
        start = self._at
        body = self._until(":end:")
        if body is None:
            return self._text(self._lines[self._at])
        for at in range(start, self._at + 1):
            self.dropped.append(Unplaced(at + 1, self._lines[at].strip()))
        return [""]

    def _block(self, kind: str, info: str) -> list[str]:
        begun = self._lines[self._at]
        body = self._until(f"#+end_{kind}")
        if body is None:
            return self._drop(begun.strip())
        if kind in ("comment", "export"):
            return self._drop("\n".join([begun.strip(), *body]))
        margin = min((len(one) - len(one.lstrip()) for one in body if one.strip()), default=0)
        body = [one[margin:] for one in body]
        if kind in ("src", "example"):
            mark = "~~~" if any(one.startswith("```") for one in body) else "```"
            written = [f"{mark}{info if kind == 'src' else ''}", *body, mark]
        elif kind == "quote":
            written = [f"> {inline_markdown(one)}".rstrip() for one in body]
        else:
            written = [inline_markdown(one) for one in body]
        indent = " " * self._indent_of(begun)
        return [*self._apart(), *(f"{indent}{one}".rstrip() for one in written), ""]

    # Lines

    def _text(self, line: str) -> list[str]:
        if note := _NOTE.match(line):
            self._lists = []
            return [f"[^{note['name']}]: {inline_markdown(note['text'])}"]
        if item := _ITEM.match(line):
            return [self._item(item)]
        indent = " " * self._indent_of(line)
        text = line.strip()
        if _RULE.match(text):
            return [*self._apart(), "***"]
        if text.startswith("|"):
            row = text.replace("+", "|") if _RULED.match(text) else inline_markdown(text)
            return [*self._apart(), indent + row]
        self._was_text = True
        if text.startswith(": "):
            return [f"{indent}`{text[2:]}`"]
        return [indent + literal_starts(inline_markdown(text))]

    def _item(self, found: re.Match[str]) -> str:
        depth = len(found["indent"])
        while self._lists and self._lists[-1][0] >= depth:
            self._lists.pop()
        indent = self._lists[-1][1] if self._lists else 0
        mark = found["mark"] if found["mark"][0].isdigit() else "-"
        self._lists.append((depth, indent + len(mark) + 1))
        self._was_text = True
        return f"{' ' * indent}{mark} {_item_text(found['text'])}"

    def _indent_of(self, line: str) -> int:
        """Of a line within the item that it belongs to; text below a heading has none."""
        depth = len(line) - len(line.lstrip())
        while self._lists and self._lists[-1][0] >= depth:
            self._lists.pop()
        return self._lists[-1][1] if self._lists else 0


def _item_text(text: str) -> str:
    box = _BOX.match(text)
    if box:
        return f"[{box[1].lower().replace('-', ' ')}] {_item_text(text[box.end() :])}"
    term, mark, description = text.partition(" :: ")
    if not mark:
        return inline_markdown(text)
    named = inline_markdown(term.strip())
    return f"{named if '](' in named else f'**{named}**'}: {inline_markdown(description.strip())}"
