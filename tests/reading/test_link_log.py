"""A log of links becomes issues by its windows of dates; the real one, five Chinese mails."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import html

from newsletter.cli.root import main
from newsletter.domain.clicks.counted_links import ClickCounting
from newsletter.domain.errors import InvalidInput
from newsletter.reading.digests.block_markdown import issue_content
from newsletter.reading.digests.digest import parse_digest
from newsletter.reading.link_log import issue_from_links, read_link_log
from newsletter.rendering.bodies.wrapping import columns
from newsletter.rendering.edition.counted_links import LinkRules
from newsletter.rendering.edition.edition import HTML_BUDGET_BYTES, preview
from tests.support.issues import PROFILE, READER, built, parsed, rendered

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "techshack-links-2018.json"
COUNTS = {"0001": 35, "0002": 28, "0003": 27, "0004": 13, "0005": 31}
TECHSHACK = replace(PROFILE, name="Techshack Weekly", language="zh-Hans")


def a_link(
    day: str, title: str, category: str | None = "Tools", text: str = "x"
) -> dict[str, object]:
    url = f"https://www.example.org/{title}"
    return {"date": day, "title": title, "url": url, "category": category, "text": text}


def a_log(*links: object, **values: object) -> bytes:
    log = {
        "section_order": ["News", "Tools"],
        "issues": [
            {"issue": "0001", "start": "2018-01-01", "end": "2018-01-13", "text": "One."},
            {"issue": "0002", "start": "2018-01-13", "end": "2018-01-21", "text": "Two."},
        ],
        "links": list(links),
    }
    return json.dumps(log | values).encode()


def titles(data: bytes, number: str) -> dict[str, list[str]]:
    content = issue_from_links(read_link_log(data), number, "#{number}")
    return {section.title: [e.title for e in section.entries] for section in content.sections}


def test_a_window_holds_its_first_day_and_not_its_last() -> None:
    log = a_log(
        a_link("2018-01-01", "first"), a_link("2018-01-12", "eve"), a_link("2018-01-13", "a")
    )
    assert titles(log, "0001") == {"Tools": ["first", "eve"]}
    assert titles(log, "0002") == {"Tools": ["a"]}


def test_sections_stand_in_the_order_of_the_log_and_links_by_date() -> None:
    log = a_log(
        a_link("2018-01-05", "late"),
        a_link("2018-01-02", "early"),
        a_link("2018-01-03", "news", "News"),
        a_link("2018-01-03", "unknown", "Zoo"),
        a_link("2018-01-04", "without", None),
    )
    assert list(titles(log, "0001").items()) == [
        ("", ["without"]),
        ("News", ["news"]),
        ("Tools", ["early", "late"]),
        ("Zoo", ["unknown"]),
    ]


def test_a_frame_leaves_its_address_and_a_title_no_backticks() -> None:
    text = 'Look:\n\n<iframe width="5" src="https://www.youtube.com/embed/x" allow></iframe>\n'
    log = read_link_log(a_log(a_link("2018-01-02", "On `entr`", text=text)))
    (entry,) = issue_from_links(log, "0001", "").entries
    assert entry.title == "On entr"
    assert entry.body == "Look:\n\n[youtube.com](<https://www.youtube.com/embed/x>)"
    assert entry.sources == ("example.org",)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[]", "no “links” list"),
        (a_log("x"), "link 1 is not an object"),
        (a_log(a_link("yesterday", "x")), "“date” of link 1 is not a date"),
        (a_log({"date": "2018-01-01", "title": 7}), "“title” of link 1 is not text"),
        (a_log(issues=[{"issue": "1"}]), "“end” of issue 1 is not a date"),
    ],
)
def test_what_is_no_log_is_told(data: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(words)):
        read_link_log(data)


def test_an_issue_that_the_log_has_not_is_told_with_those_that_it_has() -> None:
    with pytest.raises(InvalidInput, match="It has 0001, 0002"):
        issue_from_links(read_link_log(a_log()), "0009", "")


def test_the_command_writes_a_digest_that_reads_back_to_the_same_issue(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_bytes(a_log(a_link("2018-01-02", "One"), a_link("2018-01-03", "N", "News")))
    options = ["issue", "from-links", str(path), "--number", "0001", "--title", "Weekly {number}"]
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 0, result.output
    content = issue_from_links(read_link_log(path.read_bytes()), "0001", "Weekly {number}")
    assert issue_content(parse_digest(result.stdout)) == content


def test_the_command_tells_of_an_issue_without_links(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_bytes(a_log())
    result = CliRunner().invoke(main, ["issue", "from-links", str(path), "--number", "0001"])
    assert result.exit_code == 1
    assert "The log has no links" in result.stderr


@pytest.mark.skipif(not REAL.exists(), reason="the real log of links is not here")
class TestTheRealLog:
    def test_its_134_links_are_in_five_issues(self) -> None:
        log = read_link_log(REAL.read_bytes())
        counts = {window.number: len(log.within(window)) for window in log.windows}
        assert counts == COUNTS
        assert sum(counts.values()) == len(log.links) == 134

    @pytest.mark.parametrize("number", COUNTS)
    def test_each_is_a_chinese_mail(self, number: str) -> None:
        log = read_link_log(REAL.read_bytes())
        content = issue_from_links(log, number, "Techshack Weekly 第 {number} 期")
        edition = rendered(content, TECHSHACK)
        message = parsed(built(edition, profile=TECHSHACK))
        assert message["Subject"] == f"Techshack Weekly 第 {number} 期"
        page, text = preview(edition, READER)
        tree = html.fromstring(page)
        assert tree.get("lang") == "zh-Hans"
        headings = [" ".join(h.text_content().split()) for h in tree.iter("h2")]
        assert headings == [entry.title for entry in content.entries]
        assert "<iframe" not in page
        assert "本期内容" in page
        assert "退订" in text
        order = [
            title for title in log.section_order if title in {s.title for s in content.sections}
        ]
        assert [section.title for section in content.sections] == order

    @pytest.mark.parametrize("number", COUNTS)
    def test_none_is_cut_off_by_gmail(self, number: str) -> None:
        log = read_link_log(REAL.read_bytes())
        edition = rendered(
            issue_from_links(log, number, "Techshack Weekly 第 {number} 期"), TECHSHACK
        )
        assert edition.html_bytes <= HTML_BUDGET_BYTES
        assert len(built(edition, profile=TECHSHACK)) < 145_000

    @pytest.mark.parametrize("counting", [ClickCounting.SUM, ClickCounting.READER])
    def test_the_longest_is_not_cut_off_either_where_clicks_are_counted(
        self, counting: ClickCounting
    ) -> None:
        log = read_link_log(REAL.read_bytes())
        token = "4d2plVovkCg" if counting is ClickCounting.SUM else ""
        rules = LinkRules(counting, token, "https://news.example.org", {}, 1)
        number = max(COUNTS, key=lambda number: COUNTS[number])
        edition = rendered(
            issue_from_links(log, number, "Techshack Weekly 第 {number} 期"),
            TECHSHACK,
            link_rules=rules,
        )
        assert len(edition.links) == COUNTS[number]
        assert edition.html_bytes <= HTML_BUDGET_BYTES

    @pytest.mark.parametrize("number", COUNTS)
    def test_its_text_is_wrapped_by_the_width_of_its_characters(self, number: str) -> None:
        log = read_link_log(REAL.read_bytes())
        text = rendered(issue_from_links(log, number, "{number}"), TECHSHACK).text
        prose = [line for line in text.splitlines() if "http" not in line and line[:4] != "    "]
        too_wide = [line for line in prose if columns(line) > 74 and " " in line.strip(" -")]
        assert too_wide == []
