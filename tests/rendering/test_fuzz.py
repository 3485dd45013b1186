"""Anything that can be typed goes through the mail's pipeline: nothing but a clean error stops it.

A few rounds here; `make fuzz` runs 20,000. A round that fails is named by its number, and can be
repeated: FUZZ_FROM=1234 FUZZ_ROUNDS=1.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace

from lxml import html

from newsletter.domain.errors import NewsletterError
from newsletter.domain.issues.issue import EntryContent, IssueContent
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.rendering.edition.edition import preview
from newsletter.rendering.parts.personal import ReaderValues
from tests.support.issues import PROFILE, READER, an_entry, an_issue, built, parsed, rendered

FIRST = int(os.environ.get("FUZZ_FROM", "0"))
ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "150"))

PIECES = [
    *("{{ name }}", "{{ name|", "}}", "{{", r"\{{ name }}", "{{ attribute.x|y }}", "{{ 7*7 }}"),
    *("[a]({{ attribute.x|https://a.example/ }})", "[a]({{name}})", "[r]: {{name}}\n", "[r]"),
    *('![b|20](https://x.org/a.png "c")', "![b](http://x.org)", "](", "![", "<https://x.org>"),
    *("*", "**", "`", "```\n", "> ", "- ", "1. ", "#### ", "~~", "---\n", "|a|b|\n|-|-|\n"),
    *("<b>", "<script>alert(1)</script>", "<!--", "-->", "</td></tr></table>", "<mj-text>", "é >"),
    *('" onclick="x', "javascript:alert(1)", "&amp;", "&#0;", "{% raw %}", "{# ", "\\", "'"),
    *("中文", "。", "كتاب", "עברית", "😀", "e\u0301", "\u200f", "\u202e", "\u2028", "\u00a0"),
    *("\x00", "\x0b", "\x1b[0m", "\ud800", "\ufffe", "\t", "\r", "\r\n", "\n", "\n\n", "  \n"),
    *("NLPHx0x", "https://nlph.invalid/", "=?utf-8?B?AAAA?=", ".\n", "From x\n", "=", "--=_"),
    *("a" * 3000, "> " * 60, "*" * 90, "- " * 60, "[" * 90, "a.b@c.de"),
]


def typed(chance: random.Random, most: int) -> str:
    pieces = (chance.choice(PIECES) for _ in range(chance.randrange(most)))
    return "".join(piece + chance.choice(("", " ", "x")) for piece in pieces)


def a_line(chance: random.Random, most: int) -> str:
    return " ".join(typed(chance, most).split()) or "A title"


def content_of(chance: random.Random) -> IssueContent:
    def entry() -> EntryContent:
        return an_entry(
            a_line(chance, 6),
            typed(chance, 30),
            url=chance.choice(("", "https://a.example/", typed(chance, 3))),
            sources=tuple(typed(chance, 2) for _ in range(chance.randrange(3))),
        )

    return an_issue(
        *(entry() for _ in range(chance.randrange(1, 4))),
        title=a_line(chance, 5),
        subject=a_line(chance, 5),
        preheader=typed(chance, 5),
        intro=typed(chance, 20),
    )


def profile_of(chance: random.Random) -> NewsletterProfile:
    theme = {chance.choice(("header", "logo_url", "width", "font")): typed(chance, 2)}
    return replace(PROFILE, language=chance.choice(("en", "ar", "zh", "")), theme=theme)


def reader_of(chance: random.Random) -> ReaderValues:
    value = chance.choice((typed(chance, 4), None, 3, ["a"], {"a": 1}, "x" * 1_000_000))
    return replace(READER, name=typed(chance, 4), attributes={"x": value})


def test_nothing_that_is_typed_breaks_a_mail_or_reaches_it_unescaped() -> None:
    rendered_rounds = 0
    for number in range(FIRST, FIRST + ROUNDS):
        try:
            rendered_rounds += run(random.Random(number))  # noqa: S311  examples, no secrets
        except Exception as error:
            raise AssertionError(f"round {number}") from error
    assert rendered_rounds > ROUNDS // 4


def run(chance: random.Random) -> bool:
    """False for what was refused in words."""
    content, profile, reader = content_of(chance), profile_of(chance), reader_of(chance)
    try:
        edition = rendered(content, profile)
    except NewsletterError:
        return False
    raw = built(edition, reader, profile)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    text = parsed(raw).get_body(("plain",)).get_content()
    assert READER.unsubscribe_url in text
    for page in (preview(edition, reader)[0], edition.html):
        assert_harmless(page)
    assert READER.address not in edition.html + edition.text
    return True


def assert_harmless(page: str) -> None:
    tree = html.fromstring(page)
    assert len(list(tree.iter("h1"))) == 1
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag != "script"
        assert not element.tag.startswith("mj-")
        assert not [name for name in element.attrib if name.startswith("on")]
        for name in ("href", "src"):
            address = element.get(name, "https:").lower()
            assert address.startswith(("http:", "https:", "mailto:", "#")), address
