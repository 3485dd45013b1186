"""What an editor typed as plain text reads the same in the mail, whatever Markdown thinks of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from newsletter.domain.issues.digests import Block, BlockKind
from newsletter.reading.digests.block_markdown import blocks_to_markdown, issue_content
from newsletter.reading.digests.digest import parse_digest
from newsletter.rendering.bodies.markdown import body_html


def shown(markdown: str) -> str:
    """The words that a reader sees, white space folded."""
    rendered = body_html(markdown)
    return " ".join(html.fromstring(f"<div>{rendered}</div>").text_content().split())


TYPED = st.text(
    alphabet=st.sampled_from(list("ab 1.)#*_`[]()<>&;!~|\\-+=:/\"'{}@%$^?é语")),
    min_size=1,
    max_size=60,
).filter(lambda text: text.strip())


@given(TYPED)
def test_a_paragraph_reads_as_it_was_typed(text: str) -> None:
    markdown = blocks_to_markdown([Block(BlockKind.PARAGRAPH, " ".join(text.split()))])
    assert shown(markdown) == " ".join(text.split())


@given(TYPED)
def test_an_item_reads_as_it_was_typed(text: str) -> None:
    item = " ".join(text.split())
    assert shown(blocks_to_markdown([Block(BlockKind.BULLETS, items=(item,))])) == item


@given(st.text(alphabet="ab `~\n#*", min_size=1, max_size=40))
def test_code_keeps_every_character(code: str) -> None:
    rendered = body_html(blocks_to_markdown([Block(BlockKind.CODE, code)]))
    text = html.fromstring(f"<div>{rendered}</div>").text_content()
    assert text.strip("\n") == code.strip("\n") or text.split() == code.split()


@pytest.mark.parametrize(
    "text",
    [
        "*not emphasis*",
        "snake_case_name and __init__",
        "# no heading",
        "1. no list",
        "- no list",
        "<script>alert(1)</script>",
        "[no](javascript:alert(1))",
        "&amp; stays",
        "a `tick",
        "C:\\dir\\file",
        "===",
    ],
)
def test_markup_in_plain_text_is_just_text(text: str) -> None:
    assert shown(blocks_to_markdown([Block(BlockKind.PARAGRAPH, text)])) == text


def test_markdown_stays_markdown() -> None:
    digest = parse_digest("## S\n\n### [T](https://a.com/)\n\nA *word*.\n\n1. one\n2. two\n")
    body = issue_content(digest).sections[0].entries[0].body
    assert body == "A *word*.\n\n1. one\n2. two"


def test_front_matter_becomes_subject_preheader_and_number() -> None:
    digest = parse_digest("---\nsubject: S\npreheader: P\nnumber: '#7'\n---\n### T\n\nText.\n")
    content = issue_content(digest)
    assert (content.subject, content.preheader, content.number) == ("S", "P", 7)
