"""Typed blocks to Markdown, in which entries are edited from then on; literal text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable

from newsletter.domain.digests import Block, BlockKind, Digest, DigestEntry
from newsletter.domain.issues import EntryContent, IssueContent, SectionContent

# Only what Markdown would read as markup, so that an editor finds few backslashes in prose.
_ALWAYS = re.compile(r"([\\`*\[\]])")
_TAG_OR_ENTITY = re.compile(r"<(?=[A-Za-z/!?])|&(?=#?\w+;)")
_OUTER_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_TILDES = re.compile(r"~(?=~)|(?<=~)~")
_LINE_START = re.compile(r"^(?P<space>\s*)(?:(?P<mark>[#>+=|~:-])|(?P<number>\d{1,9})(?=[.)]))")


def issue_content(digest: Digest) -> IssueContent:
    """What an issue holds of it; subject and preheader from the front matter, if it has any."""
    front = digest.front_matter
    number = front.get("number", "").lstrip("#")
    return IssueContent(
        title=digest.title,
        subject=front.get("subject") or digest.title,
        preheader=front.get("preheader", ""),
        intro=digest.intro if front or _is_from_markdown(digest) else literal(digest.intro),
        number=int(number) if number.isascii() and number.isdigit() else None,
        sections=tuple(
            SectionContent(section.title, tuple(_entry_content(entry) for entry in section.entries))
            for section in digest.sections
        ),
    )


def blocks_to_markdown(blocks: Iterable[Block]) -> str:
    return "\n\n".join(_block_to_markdown(block) for block in blocks)


def literal(text: str) -> str:
    """Markdown that shows `text` just as it was typed."""
    return "\n".join(_literal_line(line) for line in text.split("\n"))


def _entry_content(entry: DigestEntry) -> EntryContent:
    return EntryContent(
        title=entry.title,
        url=entry.url,
        sources=entry.sources,
        body=blocks_to_markdown(entry.blocks),
    )


def _is_from_markdown(digest: Digest) -> bool:
    return any(block.is_markdown for entry in digest.entries for block in entry.blocks)


def _block_to_markdown(block: Block) -> str:  # noqa: PLR0911  one for each kind
    write = _text if block.is_markdown else literal
    match block.kind:
        case BlockKind.BULLETS:
            return "\n".join(_item("- ", write(item)) for item in block.items)
        case BlockKind.NUMBERED:
            numbered = enumerate(block.items, start=1)
            return "\n".join(_item(f"{number}. ", write(item)) for number, item in numbered)
        case BlockKind.CODE:
            return _fenced(block)
        case BlockKind.QUOTE:
            return "\n".join(f"> {line}".rstrip() for line in write(block.text).split("\n"))
        case BlockKind.CAPTION:
            return f"*{write(block.text)}*"
        case BlockKind.IMAGE:
            return f"![{literal(block.text)}](<{block.url}>)"
        case _:
            return write(block.text)


def _text(text: str) -> str:
    return text


def _item(mark: str, text: str) -> str:
    indent = " " * len(mark)
    first, *rest = text.split("\n")
    return "\n".join([mark + first, *(indent + line if line else "" for line in rest)])


def _fenced(block: Block) -> str:
    runs = re.findall(r"`{3,}", block.text)
    fence = "`" * max([3, *(len(run) + 1 for run in runs)])
    return f"{fence}{block.language}\n{block.text}\n{fence}"


def _literal_line(line: str) -> str:
    escaped = _ALWAYS.sub(r"\\\1", line)
    escaped = _TAG_OR_ENTITY.sub(lambda found: f"\\{found[0]}", escaped)
    escaped = _OUTER_UNDERSCORE.sub(r"\\_", escaped)
    escaped = _TILDES.sub(r"\\~", escaped)
    return _LINE_START.sub(_escaped_start, escaped)


def _escaped_start(found: re.Match[str]) -> str:
    if found["number"]:
        return f"{found['space']}{found['number']}\\"
    return f"{found['space']}\\{found['mark']}"
