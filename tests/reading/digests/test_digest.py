"""Digests as people write them, in all the forms they bring along; nothing of them is dropped."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.digests import BlockKind, Digest, DigestEntry
from newsletter.reading.digests.decoding import decode_digest
from newsletter.reading.digests.digest import _is_all_link, parse_digest

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "techshack-2019-07.txt"

needs_real_digest = pytest.mark.skipif(not REAL.exists(), reason="the real digest is not here")


def entry(digest: Digest, title: str) -> DigestEntry:
    return next(entry for entry in digest.entries if entry.title.startswith(title))


def kinds(entry: DigestEntry) -> list[str]:
    return [block.kind.value for block in entry.blocks]


@pytest.fixture(scope="module")
def real() -> Digest:
    return parse_digest(decode_digest(REAL.read_bytes(), 2_000_000))


@needs_real_digest
class TestARealDigest:
    def test_every_entry_is_found(self, real: Digest) -> None:
        assert (real.title, len(real.entries)) == ("EnqueueZero Techshack 2019-07", 22)
        assert real.unplaced == ()

    def test_an_entry_may_have_two_sources(self, real: Digest) -> None:
        found = entry(real, "Can Kubernetes Work at CERN?")
        assert found.sources == ("youtube.com", "speakerdeck.com")

    def test_unindented_python_is_one_piece_of_code(self, real: Digest) -> None:
        found = entry(real, "Python disk-backed cache")
        assert kinds(found) == ["paragraph", "paragraph", "code"]
        assert found.blocks[2].text.splitlines() == [
            "import diskcache as dc",
            "cache = dc.Cache('tmp')",
            "cache[b'key'] = b'value'",
            "print(cache[b'key'])",
        ]

    def test_a_paragraph_after_a_list_belongs_to_the_same_entry(self, real: Digest) -> None:
        found = entry(real, "Cloud Programming Simplified")
        assert kinds(found) == ["paragraph", "numbered", "paragraph"]
        assert len(found.blocks[1].items) == 3

    def test_a_lone_word_where_a_picture_stood_is_a_caption(self, real: Digest) -> None:
        found = entry(real, "Scraping and discovery")
        assert found.blocks[-1].kind is BlockKind.CAPTION
        assert found.blocks[-1].text == "kapacitor"

    def test_the_web_form_gives_the_same_entries(self, real: Digest) -> None:
        text = REAL.read_text(encoding="utf-8")
        for found in real.entries:
            source = " | ".join(f"{one} (opens new window)" for one in found.sources)
            plain = f"{found.title}\n\n{' | '.join(found.sources)}\n"
            assert plain in text
            text = text.replace(plain, f"# {found.title}\n\n{source}\n")
        web = parse_digest(text)
        assert [(e.title, e.sources, e.blocks) for e in web.entries] == [
            (e.title, e.sources, e.blocks) for e in real.entries
        ]
        assert web.title == real.title

    @pytest.mark.parametrize("line_break", ["\r\n", "\r"])
    def test_line_breaks_of_other_systems_change_nothing(
        self, real: Digest, line_break: str
    ) -> None:
        text = REAL.read_text(encoding="utf-8").replace("\n", line_break)
        assert parse_digest(text) == real


PLAIN = """My digest

A first thing
example.com
One paragraph
that is wrapped.
Then a list:
- one
- two
  goes on
Second thing, without blank lines
Docs.Example.org:8080/path
1) first
2) second

Third thing
https://blog.example.net/post?id=1

> said somebody

    if x:
        return y
"""


def test_blank_lines_may_be_missing() -> None:
    digest = parse_digest(PLAIN)
    assert [e.title for e in digest.entries] == [
        "A first thing",
        "Second thing, without blank lines",
        "Third thing",
    ]
    first, second, third = digest.entries
    assert first.blocks[0].text == "One paragraph that is wrapped. Then a list:"
    assert first.blocks[1].items == ("one", "two goes on")
    assert second.sources == ("docs.example.org:8080/path",)
    assert second.blocks[0].items == ("first", "second")
    assert third.url == "https://blog.example.net/post?id=1"
    assert kinds(third) == ["quote", "code"]
    assert third.blocks[1].text == "if x:\n    return y"


def test_an_entry_without_a_title_is_reported_and_kept() -> None:
    digest = parse_digest(
        "Digest\n\nOne\n\na.com\n\nA text.\n\n• A bullet\n\nb.com\n\nLost text.\n"
    )
    assert [e.title for e in digest.entries] == ["One"]
    assert [(piece.line, piece.text) for piece in digest.unplaced] == [
        (11, "b.com"),
        (13, "Lost text."),
    ]


def test_a_digest_without_a_title_begins_with_its_first_entry() -> None:
    digest = parse_digest("One\na.com\nText.\n")
    assert (digest.title, [e.title for e in digest.entries]) == ("", ["One"])


def test_text_between_title_and_first_entry_is_the_intro() -> None:
    digest = parse_digest("Digest\n\nHello all.\n\nOne\na.com\nText.\n")
    assert (digest.title, digest.intro) == ("Digest", "Hello all.")


@pytest.mark.parametrize(
    "line", ["setup.py.txt", "config.json", "See example.com", "1.2.3", "e.g."]
)
def test_what_only_looks_like_a_domain_is_no_source(line: str) -> None:
    digest = parse_digest(f"One\na.com\nText.\n\nSome words\n\n{line}\n")
    assert len(digest.entries) == 1


@pytest.mark.parametrize(
    ("line", "sources"),
    [
        ("例え.jp", ("例え.jp",)),
        ("www.example.co.uk", ("www.example.co.uk",)),
        ("a.com, b.org", ("a.com", "b.org")),
        ("GitHub.com", ("github.com",)),
        ("docs.rs", ("docs.rs",)),
    ],
)
def test_sources_are_domains_of_all_kinds(line: str, sources: tuple[str, ...]) -> None:
    assert parse_digest(f"One\n\n{line}\n\nText.\n").entries[0].sources == sources


@pytest.mark.parametrize(
    "prose",
    [
        "This is a sentence;\nand this is another;",
        "We saw this: it works.\nFrom here on, everything is fine.",
        "for example this one\nand that one",
        "import duties rise\nand exports fall",
    ],
)
def test_prose_never_becomes_code(prose: str) -> None:
    blocks = parse_digest(f"One\na.com\n\nText.\n\n{prose}\n").entries[0].blocks
    assert BlockKind.CODE not in {block.kind for block in blocks}


def test_chinese_lines_are_joined_without_a_space() -> None:
    digest = parse_digest(
        "周报\n\n标题一\n\nexample.com\n\n这是第一行，\n这是第二行。\n\n1、甲\n2、乙\n"
    )
    found = digest.entries[0]
    assert found.blocks[0].text == "这是第一行，这是第二行。"
    assert found.blocks[1].items == ("甲", "乙")


MARKDOWN = """---
title: Field Notes 12
subject: "Three links: a good week"
preheader: Read this first
number: 12
---
An intro with *emphasis*.

## Tools

### [A **small** tool](https://www.example.com/tool)

It is small.

- one
- two
  - nested

```python
### not a heading
x = 1
```

> quoted

![A picture](https://example.com/p.png)

### Without a link
example.org | example.net

See [the docs][docs].

## Reading

Loose words.

### [Second](https://example.com/2)

[docs]: https://docs.example.com/
"""


def test_the_markdown_form() -> None:
    digest = parse_digest(MARKDOWN)
    assert digest.title == "Field Notes 12"
    assert digest.front_matter["subject"] == "Three links: a good week"
    assert digest.intro == "An intro with *emphasis*."
    assert [s.title for s in digest.sections] == ["Tools", "Reading"]
    tool, unlinked, second = digest.entries
    assert (tool.title, tool.url, tool.sources) == (
        "A small tool",
        "https://www.example.com/tool",
        ("example.com",),
    )
    assert kinds(tool) == ["paragraph", "bullets", "code", "quote", "image"]
    assert tool.blocks[1].items == ("one", "two\n- nested")
    assert (tool.blocks[2].text, tool.blocks[2].language) == ("### not a heading\nx = 1", "python")
    assert (unlinked.url, unlinked.sources) == ("", ("example.org", "example.net"))
    assert unlinked.markdown.endswith("[docs]: https://docs.example.com/")
    assert second.title == "Second"
    assert digest.sections[1].intro == "Loose words."
    assert tool.line == 11


def test_a_list_of_links_below_a_section_is_read_as_entries() -> None:
    digest = parse_digest(
        "# Weekly\n\n## News\n\n- [One](https://a.com/1) — a comment\n- [Two](https://b.com/2)\n"
        "- no link\n"
    )
    assert [(e.title, e.url) for e in digest.entries] == [
        ("One", "https://a.com/1"),
        ("Two", "https://b.com/2"),
    ]
    assert digest.entries[0].blocks[0].text == "a comment"
    assert [section.intro for section in digest.sections] == ["", "- no link"]


def test_second_level_headings_are_entries_where_there_is_no_third_level() -> None:
    digest = parse_digest("# Weekly\n\n## [One](https://a.com/1)\n\nText.\n\n## Two\n\nMore.\n")
    assert [e.title for e in digest.entries] == ["One", "Two"]


def test_a_javascript_link_is_no_link() -> None:
    digest = parse_digest("## S\n\n### [Bad](javascript:alert(1))\n\nText.\n")
    assert digest.entries[0].url == ""


def test_a_second_address_below_a_linked_heading_stays_in_the_body() -> None:
    digest = parse_digest("### [Entry](https://a.com/x)\nhttps://example.com/a?b=c\n")
    assert digest.entries[0].blocks[0].text == "https://example.com/a?b=c"


def test_a_second_link_or_a_picture_in_a_heading_is_kept() -> None:
    digest = parse_digest(
        "## [A section](https://s.com/)\n\n### [One](https://a.com/) and [Two](https://b.com/)\n"
    )
    assert digest.sections[0].intro == "[A section](<https://s.com/>)"
    found = digest.entries[0]
    assert (found.title, found.url) == ("One and Two", "https://a.com/")
    assert found.blocks[0].text == "[Two](<https://b.com/>)"


def test_of_two_addresses_below_a_title_neither_is_lost() -> None:
    found = parse_digest("One\nhttps://a.com/x | https://b.com/y\nText.\n").entries[0]
    assert (found.url, found.sources) == ("https://a.com/x", ("a.com", "b.com/y"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"  \n\t\n", "empty"),
        (b"\x7fELF\x02\x01\x01\x00\x00\x00\x00", "not text"),
        ("Grüße\n".encode("latin-1"), "not in UTF-8: line 1"),
        ("Größe\n".encode() + "Grüße\n".encode("latin-1"), "not in UTF-8: line 2"),
        (b"PK\x03\x04\x14\x00" + b"x" * 100, "a Word document or a zip file"),
        (b"%PDF-1.7\n%\xe2\xe3\n", "a PDF"),
        (b"{\\rtf1\\ansi Hello}", "rich text"),
        (b"From: <Saved by a browser>\r\nSubject: T\r\nMIME-Version: 1.0\r\n\r\nx", "MHTML"),
        (b"x" * 5_000_000, "5.0 MB"),
        (b"x\n" * 60_000, "50,000 lines"),
    ],
)
def test_what_is_no_digest_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        decode_digest(data, 2_000_000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_is_no_part_of_the_text(encoding: str) -> None:
    assert decode_digest("Grüße".encode(encoding), 100) == "Grüße"


@pytest.mark.parametrize(
    ("line", "is_link"),
    [
        ("[A](b)", True),
        ("   [A][b]", True),
        ("[](](", False),
        ("[A](b) c", False),
        ("    [A](b)", False),
        ("[A]", False),
        ("[](", False),
        ("[)", False),
        ("[A](b]", False),
    ],
)
def test_a_line_that_is_all_link_is_told(line: str, *, is_link: bool) -> None:
    assert _is_all_link(line) is is_link


@pytest.mark.parametrize("piece", ["](", "][", "](]["])
@pytest.mark.parametrize("end", ["", "!", ")", "]"])
def test_a_line_of_link_pieces_without_end_is_read(piece: str, end: str) -> None:
    text = "[" + piece * 100_000 + end
    assert parse_digest(f"{text}\n===\n\nWords.\n").entries is not None
