"""A digest as it was read from an editor's text: sections, entries and typed blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

WHAT_AN_ENTRY_IS = (
    "An entry is a heading, list item or paragraph that begins with a link, or a title with its "
    "address, or its source such as example.org, on the next line."
)


class BlockKind(StrEnum):
    PARAGRAPH = "paragraph"
    BULLETS = "bullets"
    NUMBERED = "numbered"
    CODE = "code"
    QUOTE = "quote"
    CAPTION = "caption"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class Block:
    """`text` for paragraph, code, quote and caption; `items` for the lists; `url` for an image.

    `language` is a code block's info string, `start` the number that a numbered list begins with.
    Text of the Markdown form is Markdown; text of the plain forms is literal, as the editor typed
    it (`is_markdown` false).
    """

    kind: BlockKind
    text: str = ""
    items: tuple[str, ...] = ()
    url: str = ""
    language: str = ""
    is_markdown: bool = False
    start: int = 1

    def to_json(self) -> dict[str, Any]:
        described: dict[str, Any] = {"kind": self.kind.value}
        if self.kind in (BlockKind.BULLETS, BlockKind.NUMBERED):
            described["items"] = list(self.items)
        else:
            described["text"] = self.text
        if self.url:
            described["url"] = self.url
        if self.language:
            described["language"] = self.language
        if self.start != 1:
            described["start"] = self.start
        return described


@dataclass(frozen=True, slots=True)
class DigestEntry:
    """`line` is the 1-based line of the title in the input; `url` is "" when there is none.

    `markdown` is the body just as the Markdown form has it, "" where the blocks are all there is.
    """

    title: str
    url: str
    sources: tuple[str, ...]
    blocks: tuple[Block, ...]
    line: int
    markdown: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "url": self.url or None,
            "sources": list(self.sources),
            "blocks": [block.to_json() for block in self.blocks],
            "line": self.line,
        }


@dataclass(frozen=True, slots=True)
class DigestSection:
    """`title` is "" for entries before the first section heading; `intro` is Markdown."""

    title: str
    entries: tuple[DigestEntry, ...]
    intro: str = ""

    def to_json(self) -> dict[str, Any]:
        described: dict[str, Any] = {"title": self.title}
        if self.intro:
            described["intro"] = self.intro
        return described | {"entries": [entry.to_json() for entry in self.entries]}


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A piece of the input that belongs to no entry. `why` says in sentences why it was dropped,
    where that isn't plain, and what to do.
    """

    line: int
    text: str
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        described = {"line": self.line, "text": self.text}
        return described | ({"why": self.why} if self.why else {})

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Unplaced:
        return cls(stored["line"], stored["text"], stored.get("why", ""))


@dataclass(frozen=True, slots=True)
class Digest:
    """The whole input. `front_matter` has what the Markdown form says of subject, number, …

    `intro` is Markdown where `is_markdown`, otherwise literal text.
    """

    title: str
    sections: tuple[DigestSection, ...]
    unplaced: tuple[Unplaced, ...] = ()
    dropped: tuple[Unplaced, ...] = ()
    """Comments, short codes and the like: nothing that a mail shows."""
    intro: str = ""
    front_matter: dict[str, str] = field(default_factory=dict)
    other_keys: dict[str, str] = field(default_factory=dict)
    """Front matter that means nothing here: kept, and written again."""
    is_markdown: bool = False
    is_ours: bool = False
    """Written by this service, which reads it back as it was."""

    @property
    def entries(self) -> tuple[DigestEntry, ...]:
        return tuple(entry for section in self.sections for entry in section.entries)

    def to_json(self) -> dict[str, Any]:
        described: dict[str, Any] = {
            "title": self.title,
            "sections": [section.to_json() for section in self.sections],
            "unplaced": [piece.to_json() for piece in self.unplaced],
        }
        if self.dropped:
            described["dropped"] = [piece.to_json() for piece in self.dropped]
        if self.intro:
            described["intro"] = self.intro
        if self.front_matter:
            described["front_matter"] = self.front_matter
        if self.other_keys:
            described["other_keys"] = self.other_keys
        return described
