"""Typed blocks to Markdown, in which entries are edited from then on; literal text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from newsletter.domain.issues.digests import Block, BlockKind, Digest, DigestEntry
from newsletter.domain.issues.issue import EntryContent, IssueContent, Layout, SectionContent
from newsletter.reading.digests.authors import author_above, author_in
from newsletter.reading.digests.blocks import read_blocks

# Only what Markdown would read as markup, so that an editor finds few backslashes in prose.
_ALWAYS = re.compile(r"([\\`*\[\]])")
_TAG_OR_ENTITY = re.compile(r"<(?=[A-Za-z/!?])|&(?=#?\w+;)")
_OUTER_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_TILDES = re.compile(r"~(?=~)|(?<=~)~")
_LINE_START = re.compile(r"^(?P<space>\s*)(?:(?P<mark>[#>+=|~:-])|(?P<number>\d{1,9})(?=[.)]))")
_NOT_IN_ADDRESS = re.compile(r"[<>\\\x00-\x20\x7f]")


def issue_content(digest: Digest) -> IssueContent:
    """What an issue holds of it; subject and preheader from the front matter, if it has any."""
    front = digest.front_matter
    number = front.get("number", "").lstrip("#")
    return IssueContent(
        title=digest.title,
        subject=front.get("subject") or digest.title,
        preheader=front.get("preheader", ""),
        intro=digest.intro if digest.is_markdown else _plain_to_markdown(digest.intro),
        number=int(number) if number else None,
        sections=tuple(
            SectionContent(
                section.title,
                tuple(_entry_content(entry, is_ours=digest.is_ours) for entry in section.entries),
                section.intro,
                layout=_layout_at(digest, at),
            )
            for at, section in enumerate(digest.sections, 1)
        ),
        issued_on=date.fromisoformat(day) if (day := front.get("date")) else None,
        author=front.get("author", ""),
    )


def blocks_to_markdown(blocks: Iterable[Block]) -> str:
    """Two lists in a row stay two: the second has other marks."""
    written: list[str] = []
    last: Block | None = None
    is_other = False
    for block in blocks:
        is_other = bool(last and block.items and last.kind is block.kind) and not is_other
        written.append(_block_to_markdown(block, is_other=is_other))
        last = block
    return "\n\n".join(written)


def literal(text: str) -> str:
    """Markdown that shows `text` just as it was typed, but for blanks at the ends of lines."""
    return "\n".join(_literal_line(line.strip()) for line in text.split("\n"))


def literal_line(text: str) -> str:
    """The same for what has to stay on one line: a title, the words of a picture."""
    return _literal_line(" ".join(text.split()))


def inline_literal(text: str) -> str:
    """Markdown that shows `text` as it is within a line, with its blanks."""
    escaped = _ALWAYS.sub(r"\\\1", text)
    escaped = _TAG_OR_ENTITY.sub(lambda found: f"\\{found[0]}", escaped)
    escaped = _OUTER_UNDERSCORE.sub(r"\\_", escaped)
    return _TILDES.sub(r"\\~", escaped)


def literal_starts(markdown: str) -> str:
    """No line of a paragraph begins a list, a quote or a heading by chance."""
    return "\n".join(_LINE_START.sub(_escaped_start, line) for line in markdown.split("\n"))


def _layout_at(digest: Digest, at: int) -> Layout:
    """Front matter says it by the places of sections, `lines: 1, 3`, or of all: `lines: all`."""
    for layout in (Layout.LINES, Layout.CARDS):
        places = re.split(r"[,\s]+", digest.other_keys.get(layout.value, "").casefold())
        if str(at) in places or "all" in places:
            return layout
    return Layout.AUTOMATIC


def _entry_content(entry: DigestEntry, *, is_ours: bool) -> EntryContent:
    body = entry.markdown or blocks_to_markdown(entry.blocks)
    author, body = author_above(body) if is_ours else author_in(body)
    return EntryContent(entry.title, entry.url, entry.sources, body, author=author)


def _plain_to_markdown(text: str) -> str:
    return blocks_to_markdown(read_blocks(text.split("\n")))


def _block_to_markdown(block: Block, *, is_other: bool) -> str:  # noqa: PLR0911  one for each kind
    write = _text if block.is_markdown else literal
    match block.kind:
        case BlockKind.BULLETS:
            mark = "* " if is_other else "- "
            return "\n".join(_item(mark, write(item)) for item in block.items)
        case BlockKind.NUMBERED:
            dot = ")" if is_other else "."
            numbered = enumerate(block.items, start=block.start)
            return "\n".join(_item(f"{number}{dot} ", write(item)) for number, item in numbered)
        case BlockKind.CODE:
            return _fenced(block)
        case BlockKind.QUOTE:
            return "\n".join(f"> {line}".rstrip() for line in write(block.text).split("\n"))
        case BlockKind.CAPTION:
            return f"*{write(block.text)}*"
        case BlockKind.IMAGE:
            return f"![{literal_line(block.text)}](<{address(block.url)}>)"
        case _:
            return write(block.text)


def address(url: str) -> str:
    """A link's address, fit to be between `<` and `>`."""
    return _NOT_IN_ADDRESS.sub(lambda found: f"%{ord(found[0]):02X}", url)


def _text(text: str) -> str:
    return text


def _item(mark: str, text: str) -> str:
    indent = " " * len(mark)
    first, *rest = text.split("\n")
    return "\n".join([mark + first, *(indent + line if line else "" for line in rest)])


def _fenced(block: Block) -> str:
    mark = "~" if "`" in block.language else "`"
    runs = re.findall(f"{mark}{{3,}}", block.text)
    fence = mark * max([3, *(len(run) + 1 for run in runs)])
    return f"{fence}{block.language}\n{block.text}\n{fence}"


def _literal_line(line: str) -> str:
    return literal_starts(inline_literal(line))


def _escaped_start(found: re.Match[str]) -> str:
    if found["number"]:
        return f"{found['space']}{found['number']}\\"
    return f"{found['space']}\\{found['mark']}"
