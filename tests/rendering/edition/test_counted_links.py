"""Links that lead through us: which, how, and what is kept of them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from newsletter.domain.clicks.counted_links import (
    ClickCounting,
    parameters_problem,
    with_parameters,
)
from newsletter.domain.issues.issue import SectionContent
from newsletter.rendering.edition.counted_links import LinkRules
from newsletter.rendering.edition.edition import RenderedEdition, preview
from newsletter.rendering.parts.personal import ReaderValues
from tests.support.issues import READER, an_entry, an_issue, rendered

RULES = LinkRules(ClickCounting.SUM, "7abcdefgh", "https://news.example.org", {}, 7)
THROUGH_US = re.compile(r"https://news\.example\.org/c/([\w-]+)/(\d+)")
CHINESE = "《自然》网站报道，科学家发现了一种新的方法，可以让植物在缺水的环境里继续生长。"


def edition_of(*entries: object, rules: LinkRules = RULES, **values: object) -> RenderedEdition:
    return rendered(an_issue(*entries, **values), link_rules=rules)


def seen(edition: RenderedEdition, reader: ReaderValues = READER) -> tuple[str, str]:
    return preview(edition, reader)


def test_a_link_is_the_same_in_html_and_text_and_plain_on_the_web() -> None:
    edition = edition_of(an_entry("One", "See [this](https://example.net/x?a=1&b=2)."))
    kept = [(one.number, one.url, one.label, one.position) for one in edition.links]
    assert kept == [
        (1, "https://example.com/a", "One", 1),
        (2, "https://example.net/x?a=1&b=2", "this", 1),
    ]
    for part in seen(edition):
        assert THROUGH_US.findall(part) == [("7abcdefgh", "1"), ("7abcdefgh", "2")]
        assert "example.com/a" not in part
        assert "example.net" not in part
    assert "/c/" not in edition.html + edition.text
    assert "https://example.com/a" in edition.html


def test_in_sum_no_slot_names_a_reader_and_by_reader_each_copy_has_a_token() -> None:
    entry = an_entry("One", "See [this](https://example.net/x).")
    assert not edition_of(entry).names_reader_in_links
    edition = edition_of(entry, rules=replace(RULES, counting=ClickCounting.READER, token=""))
    assert edition.names_reader_in_links
    for token in ("7-1abcdefgh", "7-_-bcdefg"):
        for part in seen(edition, replace(READER, click_token=token)):
            assert [found[0] for found in THROUGH_US.findall(part)] == [token, token]


def test_by_reader_it_works_in_base64_too_and_the_tokens_are_in_the_size() -> None:
    entry = an_entry(CHINESE, CHINESE * 60 + "[看](https://example.net/x)")
    rules = replace(RULES, counting=ClickCounting.READER, token="")
    edition = edition_of(entry, rules=rules)
    assert edition.html_part.encoding == "base64"
    for part in seen(edition, replace(READER, click_token="7-1abcdefgh")):
        assert ("7-1abcdefgh", "2") in THROUGH_US.findall(part)
    assert edition.html_bytes > edition_of(entry).html_bytes


@pytest.mark.parametrize(
    "body",
    [
        "[write](mailto:ada@example.org)",
        "[call](tel:+491234)",
        "[past issues](https://news.example.org/n/notes/archive)",
        "[leave](https://news.example.org/unsubscribe/abc)",
        "<https://example.net/shown>",
        "[https://example.net/shown](https://example.net/other)",
        "[example.net](https://example.net/)",
        "[yours]({{ attribute.page|https://example.net/all }})",
        "[yours](https://example.net/?who={{ name|you }})",
        "![picture](https://example.net/a.png)",
    ],
)
def test_these_are_never_rewritten(body: str) -> None:
    edition = edition_of(an_entry("One", body, url=""))
    assert edition.links == ()
    assert not any(THROUGH_US.search(part) for part in seen(edition))


def test_our_own_links_and_the_contents_stay_and_an_entry_can_opt_out() -> None:
    rules = replace(RULES, parameters={"utm_source": "notes"})
    edition = edition_of(
        an_entry("One", "[signed](https://example.net/x?sig=1)", plain_links=True),
        an_entry("Two"),
        an_entry("Three"),
        rules=rules,
    )
    assert [(one.label, one.position) for one in edition.links] == [("Two", 2), ("Three", 3)]
    html, text = seen(edition)
    for part in (html, text):
        assert "https://example.net/x?sig=1" in part.replace("&amp;", "&")
        assert READER.unsubscribe_url in part
        assert READER.preferences_url in part
        assert "https://news.example.org/n/notes/archive/7" in part
    assert 'href="#entry-new-2"' in html


@pytest.mark.parametrize("mark", ["{.untracked}", "{:.untracked}", "{: .untracked }"])
def test_a_marked_link_stays_as_it_was_written_and_the_mark_is_nowhere(mark: str) -> None:
    rules = replace(RULES, parameters={"utm_source": "notes"})
    marked = f"[signed](https://example.net/x?sig=1){mark}"
    entries = (
        an_entry("One", f"A *{marked}* and [another](https://example.net/y), `a{mark}`."),
        an_entry("Two", f"{mark}: its own link is marked", url="https://example.net/2"),
        an_entry("Three", mark, url="https://example.net/3"),
    )
    sections = (SectionContent("Tools", entries, intro=f"{marked}{mark}"),)
    edition = edition_of(intro=f"{marked}.", sections=sections, rules=rules)
    assert [one.label for one in edition.links] == ["One", "another"]
    for part in (*seen(edition), edition.html, edition.text):
        assert "https://example.net/x?sig=1" in part.replace("&amp;", "&")
        assert part.count("untracked") == 1
        assert ": its own" not in part
    assert "<p></p>" not in edition.html


def test_introductions_sections_and_short_lists_are_counted_with_their_place() -> None:
    short = [
        an_entry(f"Link {n}", f"so [it](https://example.net/{n}) is", url=f"https://a.org/{n}")
        for n in range(4)
    ]
    sections = (SectionContent("Tools", tuple(short), intro="[all](https://example.net/all)"),)
    edition = edition_of(intro="[hello](https://example.net/hi)", sections=sections)
    assert [(one.section, one.position, one.label) for one in edition.links][:4] == [
        ("", 0, "hello"),
        ("Tools", 0, "all"),
        ("Tools", 1, "Link 0"),
        ("Tools", 1, "it"),
    ]
    html, text = seen(edition)
    assert len(edition.links) == 10
    assert len(THROUGH_US.findall(html)) == len(THROUGH_US.findall(text)) == 10


def test_parameters_are_added_to_targets_also_where_clicks_are_not_counted() -> None:
    rules = replace(RULES, parameters={"utm_source": "notes", "utm_campaign": "no {issue}"})
    entry = an_entry("One", link_parameters="utm_content=top&utm_source=two")
    (link,) = edition_of(entry, rules=rules).links
    added = "utm_source=two&utm_campaign=no%207&utm_content=top"
    assert link.url == f"https://example.com/a?{added}"
    off = edition_of(entry, rules=replace(rules, counting=ClickCounting.OFF))
    assert off.links == ()
    assert f"https://example.com/a?{added}" in seen(off)[1]
    assert "utm_" not in off.html + off.text


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.org", "https://a.org?utm_source=n"),
        ("https://a.org/?q=%20+x", "https://a.org/?q=%20+x&utm_source=n"),
        ("https://a.org/p?#at", "https://a.org/p?utm_source=n#at"),
        ("https://a.org/?UTM_Medium=rss", "https://a.org/?UTM_Medium=rss"),
        ("https://a.org/#/route?x=1", "https://a.org/?utm_source=n#/route?x=1"),
    ],
)
def test_parameters_come_before_the_fragment_and_not_to_addresses_that_have_some(
    url: str, expected: str
) -> None:
    assert with_parameters(url, {"utm_source": "n", "utm_term": ""}, 7) == expected


@pytest.mark.parametrize("typed", ["source=x", "utm_source", "utm_a=x\r\nSet-Cookie", "a" * 301])
def test_parameters_that_cannot_be_read_are_named(typed: str) -> None:
    assert parameters_problem(typed)
    assert not parameters_problem(" ?utm_source=a%20b&utm_campaign={issue} ")
