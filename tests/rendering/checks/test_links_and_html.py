"""What the checks say of links that lead nowhere in a mail, and of HTML that no mail can show."""

from __future__ import annotations

import pytest

from newsletter.domain.checks.link_rules import html_findings, link_findings
from newsletter.domain.checks.preflight import Finding, Severity
from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent
from newsletter.rendering.checks.content import parts_of
from tests.support.issues import PROFILE


def findings(body: str, url: str = "https://example.com/1", intro: str = "") -> list[Finding]:
    entry = EntryContent(title="Knots", url=url, sources=(), body=body)
    content = IssueContent("Title", "Subject", "", intro, 1, (SectionContent("", (entry,)),))
    parts = parts_of(content, PROFILE)
    return [*link_findings(parts.links), *html_findings(parts.html)]


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("/page", "https://example.org/page"),
        ("page.html", "https://page.html"),
        ("example.org/x", "https://example.org/x"),
        ("//example.org/x", "https://example.org/page"),
        ("#part", "https://example.org/page"),
        ("../up", "https://example.org/page"),
        ("https:///x", "https://example.org/page"),
        ("mailto:", "https://example.org/page"),
        ("irc://irc.example.org/knots", "https://example.org/page"),
    ],
)
def test_a_link_that_leads_nowhere_is_an_error_with_its_place(url: str, advice: str) -> None:
    (found,) = [one for one in findings(f"[a]({url})") if one.check == "link-unusable"]
    assert found.severity is Severity.ERROR
    assert found.place.label == "Entry 1, “Knots”"
    assert url in found.message
    assert advice in found.advice


def test_so_is_the_link_of_an_entry_s_title() -> None:
    (found,) = [one for one in findings("", url="example.org/x") if one.check == "link-unusable"]
    assert found.place.field.endswith("url")


def test_and_one_in_the_introduction() -> None:
    (found,) = [one for one in findings("", intro="[a](/b)") if one.check == "link-unusable"]
    assert found.place.label == "Introduction"


@pytest.mark.parametrize(
    "url", ["https://example.org", "http://example.org/a", "mailto:a@example.org", "tel:+4912"]
)
def test_whole_addresses_are_fine(url: str) -> None:
    assert [one.check for one in findings(f"[the words]({url})")] == []


def test_html_that_no_mail_shows_is_said_once_for_each_text() -> None:
    (found,) = findings("<div>a</div>\n\n<details><summary>b</summary>c</details>")
    assert found.severity is Severity.NOTE
    assert "<details>, <div>, <summary>" in found.message
    assert findings("a <b>bold</b> word<br>and <!-- nothing --> more") == []
