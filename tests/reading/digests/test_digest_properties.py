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


LINKED = [
    "- [Ropes]({0})",
    "- A long text about ropes, and then [some]({0}) of it",
    "- A long text about ropes, which goes on and on, and then: {0}",
    "[Ropes]({0}) — strong.",
    "Ann wrote [this]({0}) and [that]({0}?b).",
    "## [Ropes]({0})",
    "### **1. [Ropes]({0})**",
    "## Ropes ([site]({0}))",
    "Ropes\n{0}\nStrong.",
    "Ropes\n( {0} ) — strong",
    "👉 Ropes {0}",
    "Ropes ({0})",
    "> [Ropes]({0})",
    "1. Ropes: <{0}>.",
    "| [Ropes]({0}) | b |\n|---|---|\n| a | {0}?c |",
    '<a href="{0}"><b>Ropes</b></a> strong',
    "<a href='{0}'><img src='https://i.example/i.png' alt='A rope'></a>",
    "<span style='color: red'><{0}></span>",
    '<div>\n<p><a href="{0}">Ropes</a></p>\n</div>',
    "[![](https://i.example/i.png)]({0})",
    "![A rope]({0})",
    "[before]({0}) | [after]({0}?d)",
    "```\n{0}\n```",
    "<!-- {0} -->",
    "- Topic:\n  - [Ropes]({0})\n    - [Knots]({0}?e)",
    "**News**",
    "# Heading",
    "## Section",
    "Words.",
    "---",
]
LINK = re.compile(r"https://x\.example/\d+/(?:\?\w)?")
ON_A_PAGE = [
    '<p><a href="{0}">Ropes</a> strong</p>',
    '<ul><li><a href="{0}">Ropes</a></li><li>Knots <a href="{0}?b">here</a></li></ul>',
    '<h3><a href="{0}">Ropes</a></h3><p>Strong.</p>',
    '<table><tr><td><a href="{0}"><img src="https://i.example/i.png"></a></td><td>a</td></tr></table>',
    '<div style="display:none">See <a href="{0}">Ropes</a></div>',
    '<nav><a href="{0}">Ropes</a></nav>',
    "<h2>News</h2>",
    "<p>Words.</p>",
]


def with_links(pieces: list[str], gap: str) -> tuple[str, set[str]]:
    texts = [piece.format(f"https://x.example/{at}/") for at, piece in enumerate(pieces)]
    links = {
        found for text in texts for found in re.findall(r"https://x\.example/\d+/(?:\?\w)?", text)
    }
    return gap.join(texts), links


@given(st.lists(st.sampled_from(LINKED), max_size=12), st.sampled_from(["\n", "\n\n"]))
def test_each_link_is_in_the_digest_or_told_as_left_out(pieces: list[str], gap: str) -> None:
    text, links = with_links(pieces, gap)
    kept = everything_in(parse_digest(text))
    assert not {link for link in links if link not in kept}


@given(st.lists(st.sampled_from(ON_A_PAGE), min_size=1, max_size=8))
def test_each_link_of_a_page_is_in_the_digest_or_told_as_left_out(pieces: list[str]) -> None:
    text, links = with_links(pieces, "\n")
    kept = everything_in(parse_digest(f"<html><body>{text}</body></html>"))
    assert not {link for link in links if link not in kept}


@given(st.text(max_size=400))
def test_no_text_whatever_breaks_the_parser(text: str) -> None:
    digest = parse_digest(text)
    assert all(e.line >= 1 for e in digest.entries)


def test_a_long_digest_takes_time_in_proportion_to_its_length() -> None:
    def work(entries: int) -> int:
        text = "Digest\n\n" + "Title\n\na.com\n\nText, text.\n\n• one\n• two\n\n" * entries
        return len(parse_digest(text).entries)

    assert work(20_000) == 20_000
