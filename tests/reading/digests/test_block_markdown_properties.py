"""Blocks of plain text, in any order, are shown by a Markdown parser just as they were typed."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from newsletter.domain.issues.digests import Block, BlockKind
from newsletter.reading.digests.block_markdown import blocks_to_markdown
from newsletter.reading.digests.blocks import read_blocks
from newsletter.reading.digests.digest import parse_digest

PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])

FRAGMENTS = st.sampled_from(
    [
        *"ab 1.)#*_`[]()<>&;!~|\\-+=:/\"'{}@%$^?é语ש\u200f\u00a0",
        "javascript:alert(1)",
        "<script>",
        "<!--",
        "&amp;",
        "&#42;",
        "](x)",
        "**",
        "__",
        "~~",
        "```",
        "---",
        "| - |",
        "http://a.com",
        "<http://a.com>",
        "word ",
        " - ",
        "1. ",
    ]
)
LINE = st.lists(FRAGMENTS, min_size=1, max_size=12).map(
    lambda pieces: " ".join("".join(pieces).split())
)
TEXT = LINE.filter(bool)
CODE_LINES = st.lists(st.lists(FRAGMENTS, max_size=6).map("".join), max_size=5)
BLOCKS = st.one_of(
    st.builds(Block, st.just(BlockKind.PARAGRAPH), TEXT),
    st.builds(
        Block,
        st.just(BlockKind.BULLETS),
        items=st.lists(TEXT, min_size=1, max_size=3).map(tuple),
    ),
    st.builds(
        Block,
        st.just(BlockKind.NUMBERED),
        items=st.lists(TEXT, min_size=1, max_size=3).map(tuple),
        start=st.sampled_from([1, 1, 0, 3, 999]),
    ),
    st.builds(
        Block,
        st.just(BlockKind.CODE),
        CODE_LINES.map("\n".join),
        language=st.sampled_from(["", "python", "c++ title=x", "a`b"]),
    ),
    st.builds(
        Block, st.just(BlockKind.QUOTE), st.lists(TEXT, min_size=1, max_size=3).map("\n".join)
    ),
    st.builds(Block, st.just(BlockKind.CAPTION), TEXT),
    st.builds(Block, st.just(BlockKind.IMAGE), LINE, url=st.just("https://a.com/i (1)<2>.png")),
)


def shown(markdown: str) -> list[Block]:
    """What a Markdown parser makes of it, as blocks of the words that a reader sees."""
    return [_block(node) for node in SyntaxTreeNode(PARSER.parse(markdown)).children]


def _block(node: SyntaxTreeNode) -> Block:
    if node.type in ("bullet_list", "ordered_list"):
        kind = BlockKind.BULLETS if node.type == "bullet_list" else BlockKind.NUMBERED
        items = tuple(_words(item) for item in node.children)
        return Block(kind, items=items, start=int(node.attrs.get("start", 1)))
    if node.type == "fence":
        return Block(BlockKind.CODE, node.content.removesuffix("\n"), language=node.info)
    if node.type == "blockquote":
        assert [child.type for child in node.children] == ["paragraph"]
        return Block(BlockKind.QUOTE, _words(node))
    assert node.type == "paragraph"
    inner = node.children[0].children
    if len(inner) == 1 and inner[0].type == "image":
        return Block(BlockKind.IMAGE, _words(inner[0]), url=str(inner[0].attrs["src"]))
    if len(inner) == 1 and inner[0].type == "em":
        return Block(BlockKind.CAPTION, _words(inner[0]))
    return Block(BlockKind.PARAGRAPH, _words(node))


def _words(node: SyntaxTreeNode) -> str:
    if node.type in ("softbreak", "hardbreak"):
        return "\n"
    assert node.type in (
        "text text_special inline paragraph list_item blockquote image em strong".split()
    ), node.type
    return node.content if node.type.startswith("text") else "".join(map(_words, node.children))


@given(st.lists(BLOCKS, max_size=5))
@example([Block(BlockKind.BULLETS, items=("a",)), Block(BlockKind.BULLETS, items=("b",))])
@example([Block(BlockKind.NUMBERED, items=("a",)), Block(BlockKind.NUMBERED, items=("b",))])
def test_blocks_are_shown_as_they_are(blocks: list[Block]) -> None:
    expected = [
        Block(b.kind, b.text, b.items, b.url and "https://a.com/i%20(1)%3C2%3E.png", b.language)
        if b.kind is not BlockKind.NUMBERED
        else b
        for b in blocks
    ]
    assert shown(blocks_to_markdown(blocks)) == expected


@given(st.lists(TEXT | st.just(""), max_size=12))
def test_text_that_was_read_is_shown_as_it_was_read(lines: list[str]) -> None:
    blocks = read_blocks(lines)
    pieces = [piece for block in shown(blocks_to_markdown(blocks)) for piece in _texts(block)]
    assert pieces == [piece for block in blocks for piece in _texts(block)]


def _texts(block: Block) -> list[str]:
    """Of an empty quote and the like nothing is shown."""
    lines = [line.strip() for text in (block.text, *block.items) for line in text.split("\n")]
    return [line for line in lines if line]


def test_an_intro_of_plain_text_may_have_a_list() -> None:
    digest = parse_digest("Digest\n\nThis time:\n\n• one *thing*\n• two\n\nOne\na.com\nText.\n")
    assert digest.intro == "This time:\n\n• one *thing*\n• two"
