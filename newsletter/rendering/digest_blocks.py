"""The body of a plain-text entry as typed blocks: lists, code, quotes, captions, paragraphs."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import Protocol

from newsletter.domain.digests import Block, BlockKind

MAX_CAPTION = 60
MAX_CAPTION_WORDS = 6

_BULLET = re.compile(r"^\s*[•‣◦▪●∙·–—*+-][ \t\u3000]+(?P<text>\S.*)$")
_NUMBER = re.compile(r"^\s*(?P<number>\d{1,3})(?:[.)][ \t]+|[、．][ \t]*)(?P<text>\S.*)$")
_QUOTE = re.compile(r"^\s{0,3}>[ ]?(?P<text>.*)$")
_FENCE = re.compile(r"^ {0,3}(?P<mark>`{3,}|~{3,})[ \t]*(?P<language>[\w+#.-]*)")
_INDENTED = re.compile(r"^(?: {4}|\t)")
_IMAGE = re.compile(r"^!\[(?P<alt>[^\]]*)\]\((?P<url>\S+?)\)$")
_CLOSED = re.compile(r"[.!?:;,…。！？：；，)）\]]$")
_CJK = re.compile(r"[\u2e80-\u9fff\uac00-\ud7a3\uff00-\uffef]")

_CODE_LINE = re.compile(
    r"""^\s*(?:
        import\s[\w.*{]+(?:\s(?:as|from)\s.+)?;?$ |
        from\s[\w.]+\simport\s.+$ |
        (?:def|class|func|fn|pub|fun)\s\w.*[({:].*$ | @\w+ |
        (?:if|elif|else|for|while|try|except|with|switch|match)\b.*[:{]$ |
        (?:var|let|const|val)\s\w+ | \#include\b | \#!/ | //\s | /\*
        | (?:\$|>>>|\.\.\.|%|&&)\s\S | [{}\[\]();,]+$ |
        .*[=()\[\]{}].*[;{]$ | .*\s\{$ | .*\\$ | </?\w[^>]*>
        | [\w.\[\]'"()]+(?:\s?[-+*/|&]?=\s?|\s?:=\s?|\s->\s)\S.*$
        | (?:print|return|yield|await|echo|sudo|git|npm|pip|curl|docker|kubectl|cd|export)\b[\s(].*$
        | [\w.]+\(.*\)[;:]?$
        | "[^"]+"\s*:\s.+,?$
    )""",
    re.VERBOSE,
)
_PROSE_LINE = re.compile(r"^[A-Z][\w’'-]*(?:\s+[\w’',-]+){3,}[.!?:,]$")


class Numbered(Protocol):
    """A line of the input; its text without the line break."""

    @property
    def text(self) -> str: ...


def is_list_item(text: str) -> bool:
    return bool(_BULLET.match(text) or _NUMBER.match(text))


def closes_fence(text: str, mark: str) -> bool:
    """A closing fence is as long as the opening one, or longer, and says nothing else."""
    line = text.strip()
    return line.startswith(mark) and not line.strip(mark[0])


def read_blocks(lines: Sequence[Numbered]) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for paragraph in _paragraphs([line.text for line in lines]):
        for block in _read_paragraph(paragraph, is_first=not blocks):
            _add(blocks, block)
    return tuple(blocks)


def _paragraphs(texts: list[str]) -> list[list[str]]:
    """Runs of lines without a blank one; a fence keeps its blank lines."""
    paragraphs: list[list[str]] = [[]]
    fence = ""
    for text in texts:
        matched = _FENCE.match(text)
        if matched and not fence:
            paragraphs.append([text])
            fence = matched["mark"]
            continue
        if fence:
            paragraphs[-1].append(text)
            if closes_fence(text, fence):
                fence = ""
                paragraphs.append([])
            continue
        if text.strip():
            paragraphs[-1].append(text)
        elif paragraphs[-1]:
            paragraphs.append([])
    return [paragraph for paragraph in paragraphs if paragraph]


def _read_paragraph(lines: list[str], *, is_first: bool) -> list[Block]:
    fence = _FENCE.match(lines[0])
    if fence:
        return [_fenced(lines, fence["mark"], fence["language"])]
    if all(_QUOTE.match(line) for line in lines):
        return [_quoted(lines)]
    if all(_INDENTED.match(line) for line in lines) and not is_list_item(lines[0]):
        return [Block(BlockKind.CODE, textwrap.dedent("\n".join(lines).expandtabs(4)))]
    if _is_code(lines):
        return [Block(BlockKind.CODE, "\n".join(lines))]
    image = _IMAGE.match(lines[0].strip()) if len(lines) == 1 else None
    if image:
        return [Block(BlockKind.IMAGE, image["alt"], url=image["url"])]
    return _prose_and_lists(lines, is_first=is_first)


def _prose_and_lists(lines: list[str], *, is_first: bool) -> list[Block]:
    """A list may follow its lead-in without a blank line; an item may run over several lines."""
    blocks: list[Block] = []
    prose: list[str] = []
    for line in lines:
        item = _item(line)
        if item:
            _flush(prose, blocks)
            _add(blocks, item)
        elif blocks and not prose and blocks[-1].items:
            _continue_item(blocks, line)
        else:
            prose.append(line)
    is_alone = len(lines) == 1 and not is_first
    if is_alone and prose and _is_caption(prose[0]):
        return [Block(BlockKind.CAPTION, prose[0].strip())]
    _flush(prose, blocks)
    return blocks


def _item(line: str) -> Block | None:
    bullet = _BULLET.match(line)
    if bullet:
        return Block(BlockKind.BULLETS, items=(bullet["text"].strip(),))
    number = _NUMBER.match(line)
    if number:
        return Block(BlockKind.NUMBERED, text=number["number"], items=(number["text"].strip(),))
    return None


def _add(blocks: list[Block], block: Block) -> None:
    """Items join the list before them, if they go on with it; a lone number is no list."""
    last = blocks[-1] if blocks else None
    if block.kind is BlockKind.NUMBERED and block.text:
        _add_number(blocks, block, last)
    elif block.kind is BlockKind.BULLETS and last and last.kind is BlockKind.BULLETS:
        blocks[-1] = Block(BlockKind.BULLETS, items=last.items + block.items)
    else:
        blocks.append(block)


def _add_number(blocks: list[Block], block: Block, last: Block | None) -> None:
    number = int(block.text)
    if last and last.kind is BlockKind.NUMBERED and number == len(last.items) + 1:
        blocks[-1] = Block(BlockKind.NUMBERED, items=last.items + block.items)
    elif number == 1:
        blocks.append(Block(BlockKind.NUMBERED, items=block.items))
    else:
        blocks.append(Block(BlockKind.PARAGRAPH, f"{number}. {block.items[0]}"))


def _continue_item(blocks: list[Block], line: str) -> None:
    last = blocks[-1]
    joined = _joined([last.items[-1], line])
    blocks[-1] = Block(last.kind, items=(*last.items[:-1], joined))


def _flush(prose: list[str], blocks: list[Block]) -> None:
    if prose:
        blocks.append(Block(BlockKind.PARAGRAPH, _joined(prose)))
        prose.clear()


def _joined(lines: list[str]) -> str:
    """Wrapped lines as one; between two CJK characters goes no space."""
    text = lines[0].strip()
    for line in lines[1:]:
        following = line.strip()
        is_cjk = _CJK.match(text[-1:]) and _CJK.match(following[:1])
        text += following if is_cjk else f" {following}"
    return text


def _fenced(lines: list[str], mark: str, language: str) -> Block:
    body = lines[1:]
    if body and closes_fence(body[-1], mark):
        body = body[:-1]
    return Block(BlockKind.CODE, "\n".join(body), language=language)


def _quoted(lines: list[str]) -> Block:
    matches = [_QUOTE.match(line) for line in lines]
    return Block(BlockKind.QUOTE, "\n".join(m["text"] for m in matches if m).strip())


def _is_code(lines: list[str]) -> bool:
    """Every line looks like code and none like a sentence; a line alone must be a command."""
    if len(lines) == 1:
        return bool(re.match(r"^\s*(?:\$|>>>)\s\S", lines[0]))
    if any(is_list_item(line) and not line.lstrip().startswith("*") for line in lines):
        return False
    like_code = sum(bool(_CODE_LINE.match(line) or _INDENTED.match(line)) for line in lines)
    like_prose = sum(bool(_PROSE_LINE.match(line.strip())) for line in lines)
    return like_code == len(lines) and not like_prose


def _is_caption(text: str) -> bool:
    words = text.strip()
    return (
        len(words) <= MAX_CAPTION
        and len(words.split()) <= MAX_CAPTION_WORDS
        and not _CLOSED.search(words)
    )
