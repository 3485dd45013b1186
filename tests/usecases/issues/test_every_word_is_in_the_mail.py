"""Every word and link of a digest is in the mail, or told as left out: whatever form it has."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.config import load_settings
from newsletter.domain.issues.digests import Digest
from newsletter.reading.digests.digest import parse_digest
from newsletter.usecases.issues.render_digest import example_newsletter, read_issue, render_digest

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Link:
    title: str
    url: str
    text: str


Sections = dict[str, list[Link]]


def markdown(sections: Sections) -> str:
    return "\n\n".join(
        f"## {name}\n\n" + "\n".join(f"- [{one.title}]({one.url}): {one.text}" for one in links)
        for name, links in sections.items()
    )


def page(sections: Sections) -> str:
    written = "".join(
        f"<h2>{name}</h2><ul>"
        + "".join(f"<li><a href='{one.url}'>{one.title}</a><br>{one.text}</li>" for one in links)
        + "</ul>"
        for name, links in sections.items()
    )
    return f"<html><body>{written}</body></html>"


def notes(sections: Sections) -> str:
    links = [one for all_of_it in sections.values() for one in all_of_it]
    body = "\n\n".join(
        f"## {name}\n\n"
        + "\n".join(f"* {one.title} [{links.index(one) + 1}] - {one.text}" for one in links_of)
        for name, links_of in sections.items()
    )
    return f"{body}\n\n" + "\n".join(f"[{at}] {one.url}" for at, one in enumerate(links, 1))


def rst(sections: Sections) -> str:
    return "\n\n".join(
        f"{name}\n{'=' * 40}\n\n"
        + "\n".join(f"* `{one.title} <{one.url}>`__ - {one.text}" for one in links)
        for name, links in sections.items()
    )


def org(sections: Sections) -> str:
    return "#+TITLE: Harbour\n" + "\n".join(
        f"* {name}\n" + "\n".join(f"- [[{one.url}][{one.title}]]: {one.text}" for one in links)
        for name, links in sections.items()
    )


def rss(sections: Sections) -> str:
    items = "".join(
        f"<item><title>{one.title}</title><link>{one.url}</link><category>{name}</category>"
        f"<description>{one.text}</description></item>"
        for name, links in sections.items()
        for one in links
    )
    return f"<rss version='2.0'><channel><title>Harbour</title>{items}</channel></rss>"


def json_feed(sections: Sections) -> str:
    items: list[dict[str, Any]] = [
        {
            "id": one.url,
            "url": one.url,
            "title": one.title,
            "content_text": one.text,
            "tags": [name],
        }
        for name, links in sections.items()
        for one in links
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Harbour", "items": items}
    return json.dumps(feed)


def plain_mail(sections: Sections) -> str:
    return "\n\n".join(
        f"{name}\n\n"
        + "\n\n".join(f"  {one.title}\n  {one.url}\n\n  {one.text}.\n  --------" for one in links)
        for name, links in sections.items()
    )


FORMS: dict[str, Callable[[Sections], str]] = {
    form.__name__: form for form in (markdown, page, notes, rst, org, rss, json_feed, plain_mail)
}
WORDS = st.sampled_from("rope knot winch anchor tide mast keel rudder sail oar 绳子 חבל".split())
TEXTS = st.lists(WORDS, min_size=2, max_size=6).map(" ".join)


@st.composite
def some_sections(draw: st.DrawFn) -> Sections:
    count = draw(st.integers(1, 3))
    made: Sections = {}
    for number in range(count):
        texts = draw(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=3))
        made[f"Section{number} {draw(TEXTS)}"] = [
            Link(f"Title{number}{at} {title}", f"https://example.org/{number}/{at}", text)
            for at, (title, text) in enumerate(texts)
        ]
    return made


def said_by(digest: Digest) -> str:
    pieces = [digest.title, digest.intro, *(one.text for one in digest.unplaced + digest.dropped)]
    for section in digest.sections:
        pieces += [section.title, section.intro]
        for entry in section.entries:
            pieces += [entry.title, entry.url, entry.markdown]
            pieces += [text for block in entry.blocks for text in (block.text, *block.items)]
    return " ".join(pieces)


def wanted(sections: Sections) -> list[str]:
    """Each word and link, as often as it is said."""
    texts = list(sections)
    texts += [
        text for links in sections.values() for one in links for text in (one.title, one.text)
    ]
    return [word for text in texts for word in text.split()] + [
        one.url for links in sections.values() for one in links
    ]


@settings(max_examples=15)
@given(some_sections())
def test_each_form_says_all_that_was_written(sections: Sections) -> None:
    for name, form in FORMS.items():
        said = said_by(parse_digest(form(sections)))
        lost = [one for one in wanted(sections) if said.count(one) < wanted(sections).count(one)]
        assert lost == [], (name, form(sections))


SECTIONS: Sections = {
    "Alpha bravo": [
        Link("Charlie delta", "https://example.org/a?b=c", "echo foxtrot golf"),
        Link("Hotel חבלים", "https://example.org/d", "india 绳子 juliett"),
    ],
    "Kilo lima": [Link("Mike november", "https://example.com/e", "oscar papa quebec")],
}


@pytest.mark.parametrize("form", FORMS)
def test_each_word_and_link_is_in_both_parts_of_the_mail(form: str) -> None:
    known = load_settings()
    issue = read_issue(FORMS[form](SECTIONS).encode(), known.max_digest_bytes, "harbour")
    files = render_digest(known, issue.content, example_newsletter(issue.content, known), NOW)
    left_out = " ".join(piece.text for piece in (*issue.left_out, *issue.dropped))
    shown = html.unescape(files.html)
    for part in (f"{re.sub(r'<[^>]+>', ' ', shown)} {shown}", files.text):
        assert [one for one in wanted(SECTIONS) if one not in part + left_out] == []
