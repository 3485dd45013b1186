"""What some mail programs need of the HTML: short tables, named anchors, quotes that stay open."""

from __future__ import annotations

from lxml import html

from newsletter.domain.issues.issue import SectionContent
from newsletter.rendering.edition.edition import preview
from tests.support.issues import READER, an_entry, an_issue, rendered
from tests.support.outlook import as_outlook_reads


def entries_of_the_mail(*bodies: str, sections: int = 1) -> html.HtmlElement:
    entries = tuple(an_entry(f"Entry {n}", body) for n, body in enumerate(bodies, 1))
    size = len(entries) // sections
    parts = tuple(
        SectionContent(f"Section {n}", entries[n * size : (n + 1) * size]) for n in range(sections)
    )
    edition = rendered(an_issue(sections=parts))
    return html.fromstring(edition.html)


def entries_by_table(page: html.HtmlElement) -> list[int]:
    """How many entries each table of them holds."""
    counts: dict[html.HtmlElement, int] = {}
    for heading in page.iter("h2"):
        table = next(heading.iterancestors("table"))
        counts[table] = counts.get(table, 0) + 1
    return list(counts.values())


def test_few_short_entries_are_one_table() -> None:
    assert entries_by_table(entries_of_the_mail(*["Short.\n\nTwo lines."] * 5)) == [5]


def test_a_new_table_begins_before_one_grows_too_tall_for_outlook() -> None:
    text = "\n\n".join(["A line of comment. " * 12] * 8)
    tables = entries_by_table(entries_of_the_mail(*[text] * 8))
    assert sum(tables) == 8
    assert max(tables) <= 2


def test_also_between_sections() -> None:
    tables = entries_by_table(entries_of_the_mail(*["Short.\n\nTwo lines."] * 24, sections=6))
    assert sum(tables) == 24
    assert len(tables) > 1


def test_no_table_lies_around_the_others_in_outlook() -> None:
    """Else that one would be torn."""
    page = entries_of_the_mail(*["Short.\n\nTwo lines."] * 40)
    mail = html.tostring(page, encoding="unicode")
    outermost = [
        next(reversed(list(heading.iterancestors("table"))), None)
        for heading in html.fromstring(as_outlook_reads(mail)).iter("h2")
    ]
    assert None not in outermost
    assert len(set(outermost)) == len(entries_by_table(page)) > 1


def test_what_the_contents_lead_to_has_a_name_beside_its_id() -> None:
    page = entries_of_the_mail(*["Short.\n\nTwo lines."] * 4)
    targets = {a.get("href")[1:] for a in page.iter("a") if (a.get("href") or "").startswith("#")}
    assert len(targets) == 4
    assert targets == {a.get("name") for a in page.iter("a") if a.get("name")}
    assert targets <= {element.get("id") for element in page.iter() if element.get("id")}


def test_sections_too_when_the_contents_name_sections() -> None:
    page = entries_of_the_mail(*["Short.\n\nTwo lines."] * 12, sections=3)
    targets = {a.get("href")[1:] for a in page.iter("a") if (a.get("href") or "").startswith("#")}
    assert len(targets) == 3
    assert targets == {a.get("name") for a in page.iter("a") if a.get("name")}


def test_a_quote_is_a_cell_that_no_host_folds_away() -> None:
    page = entries_of_the_mail("> A quote\n>\n> > within a quote")
    assert not list(page.iter("blockquote"))
    cells = page.xpath("//td[@class='quote']")
    assert [" ".join(cell.text_content().split()) for cell in cells] == [
        "A quote within a quote",
        "within a quote",
    ]
    assert all("border-left:3px solid" in cell.get("style") for cell in cells)


def test_the_reading_time_of_a_comment_is_not_taken_for_the_article_s() -> None:
    page = entries_of_the_mail("Words. " * 300)
    heading = next(page.iter("h2"))
    assert "min read" not in heading.getnext().text_content()


def test_the_plain_text_begins_with_the_preview() -> None:
    """Inboxes that preview the text part show its first words [RFC 8970]."""
    edition = rendered(an_issue(preheader="Two links and a tide table"))
    _, text = preview(edition, READER)
    assert text.startswith("Two links and a tide table\n\n")
    assert "tide table" not in edition.text
