"""Whatever a digest is made of: the parser drops nothing, and nothing breaks it."""

from __future__ import annotations

import re
import string

from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.issues.digests import Digest
from newsletter.reading.digests.digest import parse_digest

LINES = st.sampled_from(
    [
        "",
        "",
        "A title",
        "# Heading",
        "## Section",
        "### [Entry](https://a.com/x)",
        "### Plain entry",
        "example.com",
        "a.com | b.org",
        "https://example.com/a?b=c",
        "• bullet",
        "- dash",
        "  continued",
        "1. one",
        "2) two",
        "7. seven",
        "> quote",
        "```",
        "```python",
        "    indented code",
        "x = 1",
        "def f(a):",
        "word",
        "A whole sentence, with words.",
        "[ref]: https://ref.example.com/",
        "see [text][ref]",
        "![alt](https://a.com/i.png)",
        "---",
        "===",
        "title: front",
        "标题",
        "שלום",
        "<b>raw</b>",
        "| a | b |",
        "* * *",
        "\\",
        "***",
    ]
)


def words_of(text: str) -> list[str]:
    return re.findall(rf"[^\s{re.escape(string.punctuation)}•]+", text)


def everything_in(digest: Digest) -> str:
    pieces = [digest.title, digest.intro, *digest.front_matter, *digest.front_matter.values()]
    pieces += [piece.text for piece in (*digest.unplaced, *digest.dropped)]
    for section in digest.sections:
        pieces += [section.title, section.intro]
        for found in section.entries:
            pieces += [found.title, found.url, *found.sources]
            for block in found.blocks:
                pieces += [block.text, *block.items, block.url, block.language]
            pieces.append(found.markdown)
    return " ".join(pieces)


@given(st.lists(LINES, max_size=25))
def test_every_word_of_the_input_is_in_the_result(lines: list[str]) -> None:
    text = "\n".join(lines)
    kept = everything_in(parse_digest(text)).casefold()
    # An ordinal is the place in its list, and comes back with it.
    missing = [w for w in words_of(text) if w.casefold() not in kept and not w.isdigit()]
    assert not missing


@given(st.text(max_size=400))
def test_no_text_whatever_breaks_the_parser(text: str) -> None:
    digest = parse_digest(text)
    assert all(e.line >= 1 for e in digest.entries)


def test_a_long_digest_takes_time_in_proportion_to_its_length() -> None:
    def work(entries: int) -> int:
        text = "Digest\n\n" + "Title\n\na.com\n\nText, text.\n\n• one\n• two\n\n" * entries
        return len(parse_digest(text).entries)

    assert work(20_000) == 20_000
