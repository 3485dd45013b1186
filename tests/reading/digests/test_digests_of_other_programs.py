"""What digests hold beside entries: marks of other programs, HTML, plain mail, pictures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.reading.digests.digest import parse_digest
from newsletter.reading.digests.left_out import lines_left_out
from tests.support.digests import A, B, C, outline


def test_the_tooltip_of_a_title_is_kept_in_the_body() -> None:
    digest = parse_digest(f"### [Ropes]({A} 'By Ann')\n\nStrong.\n")
    assert outline(digest) == [f"Ropes <{A}>", "  By Ann\n\nStrong."]


def test_a_picture_in_a_title_begins_the_body() -> None:
    digest = parse_digest(f"## News\n\n- [![A rope](https://example.org/r.png) Ropes]({A})\n")
    (entry,) = digest.entries
    assert (entry.title, entry.url) == ("A rope Ropes", A)
    assert entry.markdown == "![A rope](https://example.org/r.png)"


@pytest.mark.parametrize(
    ("line", "dropped"),
    [
        ("## News {#news}", ["{#news}"]),
        ("{% include 'sponsor.html' %}", ["{% include 'sponsor.html' %}"]),
        ('{{< youtube id="x" >}}', ['{{< youtube id="x" >}}']),
        (
            "<!-- * [Title](https://example.org/x) -->",
            ["<!-- * [Title](https://example.org/x) -->"],
        ),
        ("import Card from './Card'", ["import Card from './Card'"]),
        ('{{ figure(\n  src="r.png") }}', ['{{ figure(\n  src="r.png") }}']),
        ("{{#> note}}", ["{{#> note}}"]),
        (":material-knot: News", [":material-knot:"]),
        (f'- [Ropes]({A}){{target="_blank" rel=x}}', ['{target="_blank" rel=x}']),
    ],
)
def test_what_belongs_to_another_program_is_dropped_and_told(line: str, dropped: list[str]) -> None:
    digest = parse_digest(f"# Harbour\n\n{line}\n\n- [Knots]({B})\n")
    assert [piece.text for piece in digest.dropped] == dropped
    assert all(piece.line == 3 for piece in digest.dropped)
    assert digest.entries[-1].title == "Knots"
    assert "{" not in " ".join(outline(digest))


def test_the_mark_of_a_link_that_is_not_counted_stays_behind_it() -> None:
    digest = parse_digest(f"- [Ropes]({A}){{.untracked}} with [knots]({B}){{:.untracked}}\n")
    assert digest.dropped == ()
    assert digest.entries[0].markdown == f"{{.untracked}} with [knots]({B}){{:.untracked}}"
    titled = parse_digest(f"## [Ropes]({A}){{.untracked}}\n")
    assert [piece.text for piece in titled.dropped] == ["{.untracked}"]


def test_code_keeps_what_looks_like_a_short_code() -> None:
    digest = parse_digest(f"### [Hugo]({A})\n\n```\n{{{{< youtube x >}}}}\n<!-- so -->\n```\n")
    assert digest.dropped == ()
    assert "{{< youtube x >}}\n<!-- so -->" in digest.entries[0].markdown


HTML = f"""<!DOCTYPE html><html><head><title>Harbour 12</title><style>a {{}}</style></head><body>
<!-- made by hand --><h2>News</h2><ul><li><a href="{A}">Ropes</a><br>strong</li>
<li>🔧 <a href="{B}">Winch</a></li></ul><p>That was it. See <a href="{C}">all of it</a>.</p>
<img src="https://example.org/open.gif" width="1" height="1"></body></html>"""


def test_html_is_read_as_its_markdown() -> None:
    digest = parse_digest(HTML)
    assert digest.title == "Harbour 12"
    assert [(entry.title, entry.url) for entry in digest.entries] == [("Ropes", A), ("🔧 Winch", B)]
    assert digest.entries[0].markdown.strip() == "strong"
    assert digest.sections[-1].intro == f"That was it. See [all of it]({C})."
    assert "open.gif" not in repr(digest)


def test_a_text_with_links_but_without_entries_is_one_entry() -> None:
    digest = parse_digest(f"---\ntitle: Harbour\n---\n- A long walk, and then [a rope]({A}).\n")
    assert outline(digest) == ["Harbour", f"  - A long walk, and then [a rope]({A})."]


def test_relative_addresses_are_completed() -> None:
    text = "- [Ropes](/ropes) ![r](img/r.png)\n- [Knots](www.example.org/k)\n- [Here](#top)\n"
    digest = parse_digest(text, base_url="https://news.example.org/12/")
    assert [entry.url for entry in digest.entries] == [
        "https://news.example.org/ropes",
        "https://www.example.org/k",
    ]
    assert "https://news.example.org/12/img/r.png" in digest.entries[0].markdown


PLAIN_MAIL = f"""Harbour Issue #12 - 2026-03-01 - Ropes

Hello!

  --
  Ann


News

  All about ropes
  {A}

  They are strong, and
  they last.
  --------------

  All about knots
  {B}

  Tight.
  --------------

=============

Tools

  A winch
  {C}
  --------------
"""


def test_plain_mail_has_titles_above_addresses_and_rules_below_texts() -> None:
    digest = parse_digest(PLAIN_MAIL)
    assert digest.title == "Harbour Issue #12 - 2026-03-01 - Ropes"
    assert digest.front_matter["number"] == "12"
    assert [section.title for section in digest.sections if section.entries] == ["News", "Tools"]
    assert [(e.title, e.url) for e in digest.entries] == [
        ("All about ropes", A),
        ("All about knots", B),
        ("A winch", C),
    ]


@pytest.mark.parametrize("mark", ["##", "###"])
def test_in_a_digest_without_links_each_title_is_an_entry(mark: str) -> None:
    digest = parse_digest(
        f"# Harbour\n\nHello.\n\n{mark} Ropes\n\nStrong.\n\n{mark} Knots\n\nTight."
    )
    assert outline(digest) == ["| Hello.", "Ropes", "  Strong.", "Knots", "  Tight."]
    assert [entry.line for entry in digest.entries] == [5, 9]


def test_a_line_that_the_reader_loses_would_be_told() -> None:
    text = f"## News\n\n- [Ropes]({A})\n\nThree words more, and {B}\n"
    digest = parse_digest(text)
    without = replace(digest, sections=digest.sections[:1])
    assert [piece.text for piece in lines_left_out(text, without)] == [f"Three words more, and {B}"]
    assert lines_left_out(text, digest) == ()
