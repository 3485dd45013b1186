"""An issue written as a digest is read back to the same issue."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent
from newsletter.reading.digests.block_markdown import issue_content
from newsletter.reading.digests.digest import parse_digest
from newsletter.reading.digests.writer import digest_markdown

SAMPLES = sorted((Path(__file__).resolve().parents[3] / "samples").iterdir())

WORDS = st.text(
    alphabet=st.sampled_from(list("abC 1.)#*_`[]()<>&;!~|\\-+=:/\"'{}@$?é语ש")), max_size=30
).map(lambda text: " ".join(text.split()))
TITLES = WORDS.filter(bool)
URLS = st.sampled_from(
    [
        "",
        "https://example.com/",
        "https://www.example.org/a_(b)?c=d&e=%20#f",
        "http://localhost:8000/x*y*",
        "mailto:somebody@example.org",
    ]
)
SOURCES = st.lists(
    st.sampled_from(["example.com", "www.example.org:80/path", "例え.jp"]), max_size=3
).map(tuple)
PIECES = st.sampled_from(
    [
        "A paragraph with *emphasis* and\na second line.",
        "* a\n* b\n  * nested\n\n  of two paragraphs",
        "3. three\n4. four",
        "```python\n### not a heading\n\nx = 1\n```",
        "    indented\n        code",
        "> quoted\n>\n> twice",
        "![alt](https://example.com/i.png)",
        "#### A small heading",
        "example.com",
        "https://example.com/x",
        "---",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "<div>raw</div>",
        "见 [文档](https://example.com/)。",
        "\\# not a heading",
    ]
)
BODIES = st.lists(PIECES, max_size=4).map("\n\n".join)


@st.composite
def entries(draw: st.DrawFn) -> EntryContent:
    url, sources = draw(URLS), draw(SOURCES)
    if not sources and url.startswith("http"):
        sources = ("example.org",)
    body = draw(BODIES)
    if not sources and body.startswith(("example.com", "https:")):
        body = f"See {body}"
    return EntryContent(draw(TITLES), url, sources, body)


INTROS = BODIES.filter(lambda body: not body.startswith(("example.com", "https:")))


@st.composite
def issues(draw: st.DrawFn) -> IssueContent:
    first = SectionContent("", tuple(draw(st.lists(entries(), max_size=2))))
    others = draw(
        st.lists(
            st.builds(SectionContent, TITLES, st.lists(entries(), max_size=3).map(tuple), INTROS),
            max_size=3,
        )
    )
    title = draw(TITLES)
    return IssueContent(
        title=title,
        subject=draw(TITLES),
        preheader=draw(WORDS),
        intro=draw(BODIES),
        number=draw(st.none() | st.integers(0, 999_999)),
        sections=((first,) if first.entries else ()) + tuple(others),
    )


def written_and_read(content: IssueContent) -> IssueContent:
    digest = parse_digest(digest_markdown(content))
    assert digest.unplaced == ()
    return issue_content(digest)


@given(issues().filter(lambda content: content.entries))
def test_what_is_written_is_read_back(content: IssueContent) -> None:
    assert written_and_read(content) == content


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_a_sample_is_read_back_once_it_was_written(sample: Path) -> None:
    content = issue_content(parse_digest(sample.read_text(encoding="utf-8")))
    assert len(content.entries) > 2
    assert written_and_read(content) == content


def an_issue(body: str, *more: EntryContent) -> IssueContent:
    first = EntryContent("One", "https://a.com/x", ("a.com",), body)
    return IssueContent("T", "S", "", "", None, (SectionContent("", (first, *more)),))


SECOND = EntryContent("Two", "", ("b.com",), "Text.")


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ("## Big\n\ntext", "#### Big\n\ntext"),
        ("Underlined\n---\n\ntext", "#### Underlined\n\ntext"),
        ("### [Link](https://c.com/) ###", "#### [Link](https://c.com/) ###"),
        ("```\nnever closed", "```\nnever closed\n```"),
        ("> # in a quote", "> # in a quote"),
        ("b.com\n\nA body that begins like a source.", None),
    ],
)
def test_nothing_in_a_body_is_taken_for_the_next_entry(body: str, read: str | None) -> None:
    found = written_and_read(an_issue(body, SECOND))
    assert found == an_issue(body if read is None else read, SECOND)


@pytest.mark.parametrize("title", ["Learn C #", "# 1", "#", "[x](y)", "1. First", "A <b> & `c`"])
def test_a_title_may_look_like_markup(title: str) -> None:
    content = an_issue("Text.", replace(SECOND, title=title))
    assert written_and_read(content).entries[1].title == title


def test_without_a_source_a_body_may_begin_like_one() -> None:
    content = an_issue("Text.", EntryContent("Two", "", (), "b.com"))
    found = written_and_read(content).entries[1]
    assert (found.sources, found.body) == ((), "b\\.com")


def test_the_date_and_the_newsletter_are_written_for_other_tools() -> None:
    text = digest_markdown(
        replace(an_issue("Text."), number=12, title='He said: "no"', issued_on=date(2027, 2, 1)),
        newsletter="harbour",
    )
    assert text.startswith(
        '---\ntitle: "He said: \\"no\\""\nsubject: "S"\nnumber: 12\ndate: "2027-02-01"\n'
        'newsletter: "harbour"\nentries: "headings"\n---\n\n### [One](https://a.com/x)\n\nText.\n'
    )
