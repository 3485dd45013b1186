"""Feeds and exports as the text of an issue: entries by their items, sections by categories."""

from __future__ import annotations

import json

import pytest

from newsletter.domain.errors import InvalidInput
from newsletter.reading.digests.block_markdown import issue_content
from newsletter.reading.digests.decoding import decode_digest
from newsletter.reading.digests.digest import parse_digest
from newsletter.reading.digests.feeds.reading import read_feed
from newsletter.reading.digests.feeds.texts import feed_link
from tests.reading.digests.test_kinds_of_digests import A, B, C, outline

RSS = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Harbour &amp; sea</title>
<item><title>Ropes</title><link>{A}</link><dc:creator>Ann</dc:creator><category>News</category>
<pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate>
<description>&lt;p&gt;Strong &lt;a href="{C}"&gt;ones&lt;/a&gt;, 2*3&lt;/p&gt;</description>
<content:encoded>&lt;p&gt;All about ropes.&lt;/p&gt;</content:encoded></item>
<item><title>Knots</title><link>{B}</link><category>Tools</category></item>
<item><title>Winch</title><link>{C}</link><category>News</category></item></channel></rss>"""

ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour &amp; sea</title>
<entry><title>Ropes</title><link href="{A}"/><category term="News"/>
<author><name>Ann</name></author>
<updated>2026-03-01T10:00:00Z</updated>
<summary type="html">&lt;p&gt;Strong &lt;a href="{C}"&gt;ones&lt;/a&gt;, 2*3&lt;/p&gt;</summary>
</entry>
<entry><title>Knots</title><link href="{B}"/><category term="Tools"/></entry>
<entry><title>Winch</title><link href="{C}"/><category term="News"/></entry></feed>"""

JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Harbour & sea",
        "items": [
            {
                "id": "1",
                "title": "Ropes",
                "url": B,
                "external_url": A,
                "tags": ["News"],
                "authors": [{"name": "Ann"}],
                "date_published": "2026-03-01T10:00:00Z",
                "content_html": f'<p>Strong <a href="{C}">ones</a>, 2*3</p>',
            },
            {"id": "2", "title": "Knots", "url": B, "tags": ["Tools"]},
            {"id": "3", "title": "Winch", "url": C, "tags": ["News"]},
        ],
    }
)

CURATED = json.dumps(
    {
        "number": 12,
        "title": "Harbour & sea",
        "summary": "All strong.",
        "published_at": "2026-03-01T10:00:00Z",
        "categories": [
            {
                "name": "News",
                "items": [
                    {
                        "type": "Link",
                        "title": "Ropes",
                        "url": A,
                        "url_domain": "example.org",
                        "description_markdown": f"Strong [ones]({C}), 2\\*3",
                        "footer": "By Ann.",
                    },
                    {"type": "Link", "title": "Winch", "url": C},
                ],
            },
            {"name": "Tools", "items": [{"type": "Link", "title": "Knots", "url": B}]},
        ],
    }
)


@pytest.mark.parametrize("text", [RSS, ATOM, JSON, CURATED], ids=["RSS", "Atom", "JSON", "Curated"])
def test_a_feed_is_an_issue_with_a_section_for_each_category(text: str) -> None:
    digest = parse_digest(text)
    assert digest.title == "Harbour & sea"
    assert outline(digest) == [
        "# News",
        f"Ropes <{A}>",
        f"  Strong [ones]({C}), 2\\*3\n\nBy Ann.",
        f"Winch <{C}>",
        "# Tools",
        f"Knots <{B}>",
    ]
    assert digest.entries[0].sources == ("example.org",)
    assert digest.unplaced == ()


def test_curated_says_number_date_and_preview() -> None:
    head = parse_digest(CURATED).front_matter
    assert (head["number"], head["date"], head["preheader"]) == ("12", "2026-03-01", "All strong.")


def test_the_full_text_of_an_item_with_a_summary_is_told_as_left_out() -> None:
    (piece,) = parse_digest(RSS).dropped
    assert "All about ropes." in piece.text
    assert "The summary of “Ropes” is used" in piece.why


def test_many_categories_are_no_sections() -> None:
    items = [{"id": str(n), "title": f"Rope {n}", "url": A, "tags": [str(n)]} for n in range(20)]
    feed = {"version": "https://jsonfeed.org/version/1", "title": "Ropes", "items": items}
    assert [one.title for one in parse_digest(json.dumps(feed)).sections] == [""]


def test_a_feed_in_another_encoding_is_read_by_what_it_declares() -> None:
    data = ATOM.replace("Knots", "Köder").replace(
        "<feed", '<?xml version="1.0" encoding="iso-8859-1"?><feed', 1
    )
    feed = read_feed(data.encode("iso-8859-1"))
    assert feed is not None
    assert feed.items[1].title == "Köder"


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<?xml version="1.0" encoding="iso-8859-1"?>', "iso-8859-1"),
        ('<?xml version="1.0" encoding="windows-1251"?>', "windows-1251"),
        ('<?xml version="1.0" encoding="utf-8"?>', "utf-8"),
    ],
)
def test_a_file_is_read_in_the_encoding_that_it_declares(head: str, encoding: str) -> None:
    word = "Узлы" if encoding == "windows-1251" else "Köder"
    data = (head + ATOM.replace("Knots", word)).encode(encoding)
    titles = [entry.title for entry in parse_digest(decode_digest(data, 10_000)).entries]
    assert titles == ["Ropes", "Winch", word]
    page = f"<html><head><meta charset={encoding}></head><ul><li><a href='{A}'>{word}</a></ul>"
    (entry,) = parse_digest(decode_digest(page.encode(encoding), 10_000)).entries
    assert entry.title == word


def test_a_text_in_two_encodings_is_refused_with_its_line() -> None:
    data = f"# Köder\n\n- [Knots]({B})\n".encode() + "- Köder\n".encode("iso-8859-1")
    with pytest.raises(InvalidInput, match="line 4 has letters of another encoding"):
        decode_digest(data, 10_000)


BOMB = """<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<rss version="2.0"><channel><item><title>&b;</title></item></channel></rss>"""


@pytest.mark.parametrize("number", ["9" * 5_000, "99999999999", "²", -1])
def test_a_number_that_no_issue_can_have_is_none(number: object) -> None:
    item = {"title": "Ropes", "url": "https://a.example/"}
    issue = {"number": number, "categories": [{"name": "News", "items": [item]}]}
    digest = parse_digest(json.dumps(issue))
    assert issue_content(digest).number is None
    assert len(digest.entries) == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (BOMB, "entities of its own"),
        (BOMB.encode("utf-16").decode("utf-16"), "entities of its own"),
        ("<rss version='2.0'><channel><<<", "broken near line"),
        (
            RSS.replace("<item>", "<item><title>x</title></item><item>", 1).replace(
                "</channel>", "<item><title>x</title></item>" * 1_000 + "</channel>"
            ),
            "1,004 items",
        ),
    ],
    ids=["bomb", "bomb in UTF-16", "broken", "too many"],
)
def test_what_can_be_no_issue_is_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        parse_digest(text)


def test_what_could_be_read_of_a_broken_feed_is_used_and_told() -> None:
    digest = parse_digest(RSS.replace("Winch", "Winch & rope & co"))
    assert len(digest.entries) == 3
    assert any("broken near line" in piece.why for piece in digest.dropped)


@pytest.mark.parametrize("text", ['{"a": 1}', "{{< youtube >}}", "{not json", "<feeding>"])
def test_other_texts_with_such_a_beginning_are_no_feeds(text: str) -> None:
    assert read_feed(text.encode()) is None
    parse_digest(f"{text}\n\n- [Ropes]({A})\n")


def test_a_page_may_name_its_feed() -> None:
    page = (
        '<html><head><link rel="alternate" type="application/rss+xml" href="/feed"></head></html>'
    )
    assert feed_link(page) == "/feed"
    assert not feed_link("<html><head></head><body>alternate</body></html>")
