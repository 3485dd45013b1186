"""The body of a plain-text entry as typed blocks: lists, code, quotes, captions, paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from newsletter.domain.issues.digests import Block, BlockKind
from newsletter.reading.digests.code import (
    closes_fence,
    dedented,
    goes_on_with_code,
    is_code,
    is_indented_code,
    opening_fence,
    split_off_code,
)

MAX_CAPTION = 60
MAX_CAPTION_WORDS = 6
MIN_QUOTED_CHARS = 20

_BULLET = re.compile(r"^\s*(?P<mark>[•‣◦▪●∙·–—*+-])[ \t\u3000]+(?P<text>\S.*)$")
_NUMBER = re.compile(r"^\s*(?P<number>\d{1,3})(?:[.)][ \t]+|[、．][ \t]*)(?P<text>\S.*)$")
_QUOTE = re.compile(r"^\s{0,3}>[ ]?(?P<text>.*)$")
_QUOTATION = re.compile(r"^(?:“[^“”]+”|„[^„“”]+[“”]|«[^«»]+»|「[^「」]+」)(?:\s*[–—]\s?\S.*)?$")
_IMAGE = re.compile(r"^!\[(?P<alt>[^\[\]]*)\]\((?P<url>[^\s()<>]+)\)$")
_CLOSED = re.compile(r"[.!?:;,…。！？：；，)）\]]$")
_CJK = re.compile(r"[\u2e80-\u9fff\uac00-\ud7a3\uff00-\uffef]")


@dataclass(slots=True)
class _Paragraph:
    """Lines without a blank line between them, and the number of blank lines before them."""

    blank_before: int
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Draft:
    """A block that may still grow. `items` hold the lines of each; `typed` is a lone item."""

    kind: BlockKind
    lines: list[str] = field(default_factory=list)
    items: list[list[str]] = field(default_factory=list)
    start: int = 1
    typed: str = ""
    language: str = ""
    url: str = ""
    is_fenced: bool = False
    has_only_ones: bool = True


def is_list_item(text: str) -> bool:
    return bool(_BULLET.match(text) or _NUMBER.match(text))


def read_blocks(texts: Sequence[str]) -> tuple[Block, ...]:
    drafts: list[_Draft] = []
    for paragraph in _paragraphs(texts):
        if drafts and _adds_to_code(drafts[-1], paragraph.lines):
            drafts[-1].lines += [""] * paragraph.blank_before + paragraph.lines
        else:
            _read_paragraph(drafts, paragraph.lines)
    return tuple(_frozen(draft) for draft in drafts)


def _paragraphs(texts: Sequence[str]) -> list[_Paragraph]:
    """A fence keeps its blank lines."""
    paragraphs = [_Paragraph(0)]
    fence, blank = "", 0
    for text in texts:
        if fence:
            paragraphs[-1].lines.append(text)
            if closes_fence(text, fence):
                fence = ""
                paragraphs.append(_Paragraph(0))
        elif opened := opening_fence(text):
            fence = opened[0]
            paragraphs.append(_Paragraph(blank, [text]))
            blank = 0
        elif not text.strip():
            blank += 1
        elif blank:
            paragraphs.append(_Paragraph(blank, [text]))
            blank = 0
        else:
            paragraphs[-1].lines.append(text)
    return [paragraph for paragraph in paragraphs if paragraph.lines]


def _adds_to_code(last: _Draft, lines: list[str]) -> bool:
    """Code may have blank lines in it; that between fences is complete."""
    if last.kind is not BlockKind.CODE or last.is_fenced:
        return False
    if opening_fence(lines[0]) or is_list_item(lines[0]):
        return False
    return is_indented_code(lines) or goes_on_with_code(lines)


def _read_paragraph(drafts: list[_Draft], lines: list[str]) -> None:
    fence = opening_fence(lines[0])
    if fence:
        drafts.append(_fenced(lines, *fence))
    elif _is_code(lines):
        drafts.append(_Draft(BlockKind.CODE, list(lines)))
    elif quoted := _quote_at_the_beginning(lines):
        drafts.append(_Draft(BlockKind.QUOTE, quoted))
        if len(quoted) < len(lines):
            _read_paragraph(drafts, lines[len(quoted) :])
    elif len(lines) == 1 and (image := _IMAGE.match(lines[0].strip())):
        drafts.append(_Draft(BlockKind.IMAGE, [image["alt"]], url=image["url"]))
    elif drafts and len(lines) == 1 and _is_caption(lines[0]):
        drafts.append(_Draft(BlockKind.CAPTION, lines))
    else:
        _read_prose_and_lists(drafts, lines)


def _quote_at_the_beginning(lines: list[str]) -> list[str]:
    """`>` marks without a word are no quote."""
    quoted = list(takewhile(_QUOTE.match, lines))
    return quoted if any(line.strip("> \t") for line in quoted) else []


def _is_code(lines: list[str]) -> bool:
    if is_list_item(lines[0]):
        return False
    if is_indented_code(lines):
        return True
    has_items = any(is_list_item(line) and not line.lstrip().startswith("*") for line in lines)
    return is_code(lines) and not has_items


def _fenced(lines: list[str], mark: str, language: str) -> _Draft:
    body = lines[1:]
    if body and closes_fence(body[-1], mark):
        body = body[:-1]
    return _Draft(BlockKind.CODE, body, language=language, is_fenced=True)


def _is_caption(text: str) -> bool:
    words = text.strip()
    return (
        len(words) <= MAX_CAPTION
        and len(words.split()) <= MAX_CAPTION_WORDS
        and not is_list_item(text)
        and not _CLOSED.search(words)
    )


def _read_prose_and_lists(drafts: list[_Draft], lines: list[str]) -> None:
    """A list may follow its lead-in without a blank line; an item may run over several lines."""
    begin = len(drafts)
    for is_code_run, run in split_off_code(lines):
        in_list = len(drafts) > begin and bool(drafts[-1].items)
        if is_code_run and not in_list:
            drafts.append(_Draft(BlockKind.CODE, run))
            continue
        for line in run:
            _read_line(drafts, line, begin)


def _read_line(drafts: list[_Draft], line: str, begin: int) -> None:
    """`begin` is where the blocks of this paragraph begin."""
    here = drafts[-1] if len(drafts) > begin else None
    last = drafts[-1] if drafts else None
    bullet, number = _BULLET.match(line), _NUMBER.match(line)
    if bullet and not (bullet["mark"] in "–—" and last and last.kind is BlockKind.QUOTE):
        _add_bullet(drafts, bullet["text"], line, last)
    elif number:
        _add_number(drafts, number, line, has_begun_list=here is not None and bool(here.items))
    elif here and here.items:
        here.items[-1].append(line)
    elif here and here.kind is BlockKind.PARAGRAPH:
        here.lines.append(line)
    else:
        drafts.append(_Draft(BlockKind.PARAGRAPH, [line]))


def _add_bullet(drafts: list[_Draft], text: str, line: str, last: _Draft | None) -> None:
    if last and last.kind is BlockKind.BULLETS:
        last.items.append([text])
    else:
        drafts.append(_Draft(BlockKind.BULLETS, items=[[text]], typed=line))


def _add_number(
    drafts: list[_Draft], found: re.Match[str], line: str, *, has_begun_list: bool
) -> None:
    """A number that follows, or in one run the `1.` again that Markdown allows, goes on."""
    number, text = int(found["number"]), found["text"]
    last = drafts[-1] if drafts else None
    if last and last.kind is BlockKind.NUMBERED:
        is_next = number == last.start + len(last.items)
        is_one_again = has_begun_list and number == 1 and last.start == 1 and last.has_only_ones
        if is_next or is_one_again:
            last.items.append([text])
            last.has_only_ones = is_one_again
            return
    drafts.append(_Draft(BlockKind.NUMBERED, items=[[text]], start=number, typed=line))


def _frozen(draft: _Draft) -> Block:
    """A single item whose number is not 1 is a paragraph that begins with a number, not a list."""
    match draft.kind:
        case BlockKind.NUMBERED if draft.start != 1 and len(draft.items) == 1:
            return Block(BlockKind.PARAGRAPH, _joined([draft.typed, *draft.items[0][1:]]))
        case BlockKind.NUMBERED | BlockKind.BULLETS:
            items = tuple(_joined(lines) for lines in draft.items)
            return Block(draft.kind, items=items, start=draft.start)
        case BlockKind.CODE:
            text = "\n".join(draft.lines) if draft.is_fenced else dedented(draft.lines)
            return Block(BlockKind.CODE, text, language=draft.language)
        case BlockKind.QUOTE:
            return Block(BlockKind.QUOTE, _unquoted(draft.lines))
        case BlockKind.PARAGRAPH:
            text = _joined(draft.lines)
            is_quotation = len(text) >= MIN_QUOTED_CHARS and bool(_QUOTATION.match(text))
            return Block(BlockKind.QUOTE if is_quotation else BlockKind.PARAGRAPH, text)
        case _:
            return Block(draft.kind, draft.lines[0].strip(), url=draft.url)


def _joined(lines: Sequence[str]) -> str:
    """Wrapped lines as one; between two CJK characters goes no space."""
    pieces: list[str] = []
    for line in lines:
        following = line.strip()
        if pieces and not (_CJK.match(pieces[-1][-1:]) and _CJK.match(following[:1])):
            pieces.append(" ")
        pieces.append(following)
    return "".join(pieces)


def _unquoted(lines: Sequence[str]) -> str:
    matches = [_QUOTE.match(line) for line in lines]
    return "\n".join(found["text"] for found in matches if found).strip("\n")
