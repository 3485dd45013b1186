"""Links with a short comment, or none, are lines of a list; others are cards."""

from __future__ import annotations

from lxml import html

from newsletter.domain.issues.issue import EntryContent, SectionContent
from newsletter.rendering.edition.edition import RenderedEdition, preview
from tests.support.issues import READER, an_issue, rendered

LONG = "A comment that needs a card, because it says a good deal more than a line can hold. " * 3


def a_link(number: int, body: str = "") -> EntryContent:
    url = f"https://www.example.org/articles/2026/11/some-slug-{number}"
    return EntryContent(f"A title of a usual length, {number}", url, ("example.org",), body)


def edition_of(*bodies: str, sections: int = 1) -> RenderedEdition:
    links = tuple(a_link(number, body) for number, body in enumerate(bodies, 1))
    size = len(links) // sections
    return rendered(
        an_issue(
            sections=tuple(
                SectionContent(f"Section {at}", links[at * size : (at + 1) * size])
                for at in range(sections)
            )
        )
    )


def page_of(edition: RenderedEdition) -> html.HtmlElement:
    return html.fromstring(preview(edition, READER)[0])


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def test_a_hundred_links_take_little_of_what_gmail_shows() -> None:
    edition = edition_of(*["", "by Ann"] * 50, sections=10)
    assert len(preview(edition, READER)[0].encode()) < 35_000


def test_a_run_of_short_entries_is_a_list_with_its_comments() -> None:
    page = page_of(edition_of("", "by *Ann*", "", "see [notes](https://example.org/n)"))
    (listed,) = page.iter("ul")
    assert [words(item) for item in listed] == [
        "A title of a usual length, 1 example.org",
        "A title of a usual length, 2 – by Ann example.org",
        "A title of a usual length, 3 example.org",
        "A title of a usual length, 4 – see notes example.org",
    ]
    assert not list(page.iter("h2"))


def test_a_few_short_entries_stay_cards() -> None:
    page = page_of(edition_of("", "by Ann", ""))
    assert len(list(page.iter("h2"))) == 3
    assert not list(page.iter("ul"))


def test_a_long_comment_a_list_and_a_picture_are_cards_among_the_lines() -> None:
    bodies = ["", "", "", "", LONG, "- one\n- two", "![A](https://example.org/a.png)", *[""] * 4]
    page = page_of(edition_of(*bodies))
    assert len(list(page.iter("h2"))) == 3
    assert len(page.find_class("list")) == 2
    assert len([item for one in page.find_class("list") for item in one]) == 8


def test_the_text_part_has_one_link_below_another() -> None:
    text = edition_of("", "by Ann", "", "").text
    assert (
        "- A title of a usual length, 2\n"
        "  https://www.example.org/articles/2026/11/some-slug-2\n"
        "  by Ann\n"
        "- A title of a usual length, 3\n"
    ) in text


def test_what_the_contents_lead_to_has_its_anchor_in_a_list_as_well() -> None:
    page = page_of(edition_of(*[""] * 6))
    targets = {a.get("href")[1:] for a in page.iter("a") if (a.get("href") or "").startswith("#")}
    assert len(targets) == 6
    assert targets == {a.get("name") for a in page.iter("a") if a.get("name")}


def test_an_introduction_stands_below_the_title_of_its_section() -> None:
    section = SectionContent("News", (a_link(1, LONG),), "A *quiet* week.")
    edition = rendered(an_issue(sections=(section, SectionContent("Tail", (), "Bye."))))
    page = words(page_of(edition))
    assert page.index("News") < page.index("A quiet week.") < page.index("A title")
    assert page.index("A title") < page.index("Bye.")
    assert "A quiet week." in edition.text
    assert "Bye." in edition.text


def test_the_introduction_of_a_sponsors_section_is_shown_with_its_label() -> None:
    sponsor = SectionContent("Sponsor", (), "Buy *strong* ropes.")
    edition = rendered(an_issue(sections=(SectionContent("News", (a_link(1, LONG),)), sponsor)))
    page = words(page_of(edition))
    assert page.index("Sponsor") < page.index("Buy strong ropes.")
    assert "Buy strong ropes." in edition.text


def test_text_between_its_entries_does_not_part_a_section_in_the_contents() -> None:
    entries = tuple(a_link(number, LONG) for number in range(1, 10))
    sections = (
        SectionContent("News", entries[:4]),
        SectionContent("", entries[4:7], "A picture."),
        SectionContent("Tools", entries[7:]),
    )
    page = words(page_of(rendered(an_issue(sections=sections))))
    assert "News 7" in page
    assert "Tools 2" in page
