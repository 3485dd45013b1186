"""A part in base64 with personal values in it: it reads as if it had been encoded at once."""

from __future__ import annotations

import base64
from dataclasses import replace
from email.message import EmailMessage
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.edition.edition import RenderedEdition, preview
from newsletter.rendering.parts.base64_parts import Base64Part
from newsletter.rendering.parts.personal import Escape, ReaderValues, Slot, Source
from newsletter.rendering.parts.personal_parts import Assembly
from tests.support.issues import PROFILE, READER, an_entry, an_issue, built, parsed, rendered

TEXT = st.text(st.sampled_from("a<é中😀\n") | st.characters(codec="utf-8", exclude_categories="C"))
NAME = Slot(Source.NAME, fallback="朋友")
CHINESE = (
    "各位读者{{ name|朋友 }}，" + "我们把重试全部关掉了。" * 300 + " {{ attribute.city|城市 }}"
)
issue = partial(an_issue, an_entry("关于重试", CHINESE))


@given(st.lists(TEXT, min_size=1, max_size=6), TEXT)
def test_it_reads_as_the_text_that_was_cut_with_the_value_between(
    texts: list[str], name: str
) -> None:
    part = Base64Part(Escape.PLAIN, tuple(texts), (NAME,) * (len(texts) - 1))
    reader = replace(READER, name=name)
    shown = Assembly([part]).pieces(reader)[0]
    encoded = b"".join(shown)
    value = part_of_one(name)
    assert part.filled_text(reader) == value.join(texts)
    assert encoded == part.fill(reader)
    lines = encoded.split(b"\r\n")
    assert all(len(line) <= 76 and len(line) % 4 == 0 for line in lines)
    assert b"\n" not in base64.b64decode(encoded).replace(b"\r\n", b"")


def part_of_one(name: str) -> str:
    part = Base64Part(Escape.PLAIN, ("", ""), (NAME,))
    return part.filled_text(replace(READER, name=name))


def test_values_are_escaped_in_html_and_not_in_text() -> None:
    reader = replace(READER, name="<b>&")
    assert Base64Part(Escape.HTML, ("中", ""), (NAME,)).filled_text(reader) == "中&lt;b&gt;&amp;"
    assert Base64Part(Escape.PLAIN, ("中", ""), (NAME,)).filled_text(reader) == "中<b>&"


def test_a_chinese_issue_goes_out_so_and_an_english_one_in_quoted_printable() -> None:
    chinese = parsed(built(rendered(issue(), replace(PROFILE, language="zh-Hans"))))
    english = parsed(built(rendered(an_issue())))
    assert encodings(chinese) == {"base64"}
    assert encodings(english) == {"quoted-printable"}


def encodings(message: EmailMessage) -> set[str]:
    return {part["Content-Transfer-Encoding"] for part in message.iter_parts()}


@pytest.mark.parametrize(
    "name",
    ["", "A", "Al", "Ada", "李", "<i>", "😀" * 90],
    ids="none one two three 李 tag long".split(),
)
def test_every_reader_gets_a_whole_mail_of_their_own(name: str) -> None:
    edition = rendered(issue(), replace(PROFILE, language="zh-Hans"))
    reader = ReaderValues("a@example.com", name, "https://x.org/u", "https://x.org/p", {})
    message = parsed(built(edition, reader))
    page, text = preview(edition, reader)
    assert content(message, "html") == page
    assert content(message, "plain") == text
    assert "https://x.org/u" in page
    assert "https://x.org/u" in text
    assert max(map(len, built(edition, reader).split(b"\r\n"))) <= 998


def content(message: EmailMessage, kind: str) -> str:
    return message.get_body((kind,)).get_content().replace("\r\n", "\n")


def test_a_stored_edition_fills_in_the_same() -> None:
    edition = rendered(issue(), replace(PROFILE, language="zh-Hans"))
    stored = RenderedEdition.from_json(edition.to_json())
    assert built(stored) == built(edition)
    assert stored.html_bytes == edition.html_bytes
