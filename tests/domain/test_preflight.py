"""The rules for an issue that ask nobody: subject, links, pictures, headings, sender."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.domain.inbox_lines import inbox_findings, width_of
from newsletter.domain.link_answers import LinkAnswer, LinkResult, answer_findings
from newsletter.domain.link_rules import (
    EarlierRun,
    heading_findings,
    link_findings,
    picture_findings,
)
from newsletter.domain.preflight import (
    Finding,
    Heading,
    Link,
    Picture,
    Place,
    Severity,
    error,
    grouped,
    note,
    warning,
)
from newsletter.domain.scripts import language_findings
from newsletter.domain.sender_rules import is_aligned, one_click_findings, sender_findings
from newsletter.domain.web_addresses import (
    canonical_url,
    is_public_address,
    tracking_in,
    with_scheme,
    without_tracking,
)
from tests.support.issues import PROFILE, an_entry, an_issue

HERE = Place("Entry 1", "entry-1-body")
THERE = Place("Entry 2", "entry-2-body")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def checks(findings: object) -> list[tuple[str, str]]:
    return [(f.check, f.severity.value) for f in findings]  # type: ignore[attr-defined]


def only(findings: object) -> Finding:
    (found,) = findings  # type: ignore[misc]
    return found


class TestSubjectAndPreviewText:
    def test_what_phones_show_whole_is_no_finding(self) -> None:
        preheader = "Two links on slow tools and a thought"
        assert not list(inbox_findings("On slow tools", preheader, "t"))

    def test_a_long_subject_is_shown_as_it_is_cut(self) -> None:
        subject = "A rather long subject that goes on for more than a phone has room for"
        found = only(inbox_findings(subject, "x" * 50, "t"))
        assert found.check == "subject-length"
        assert found.place.field == "subject"
        assert "“A rather long subject that goes on for mo…”" in found.message

    def test_chinese_characters_take_two_columns(self) -> None:
        assert width_of("中文标题") == 8
        assert not checks(inbox_findings("中" * 20, "文" * 20, "t"))
        found = only(inbox_findings("中" * 21, "文" * 20, "t"))
        assert f"“{'中' * 20}…”" in found.message

    def test_what_computers_cut_too_is_a_warning(self) -> None:
        assert checks(inbox_findings("word " * 20, "x" * 50, "t")) == [
            ("subject-length", "warning")
        ]

    def test_no_subject_and_no_preview_text_are_notes(self) -> None:
        found = checks(inbox_findings("", "", "The title"))
        assert found == [("subject", "note"), ("preheader", "note")]

    def test_a_preview_text_that_repeats_the_subject_is_a_warning(self) -> None:
        assert checks(inbox_findings("Tools", "tools ", "t")) == [("preheader", "warning")]

    def test_shouting_is_a_warning(self) -> None:
        assert ("subject-style", "warning") in checks(
            inbox_findings("BUY THIS NOW PLEASE", "x" * 50, "t")
        )
        assert ("subject-style", "warning") in checks(inbox_findings("Now!!!", "x" * 50, "t"))


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "https://example.org/a",
            "http://example.org/a",
            "https://EXAMPLE.org/a/",
            "https://example.org:443/a#part",
            "https://example.org/a?utm_source=x&utm_medium=mail",
            "https://example.org./a?fbclid=1",
        ],
    )
    def test_the_same_page_has_one_canonical_address(self, url: str) -> None:
        assert canonical_url(url) == "https://example.org/a"

    @pytest.mark.parametrize(
        "url",
        [
            "https://example.org/A",
            "https://example.org/a?page=2",
            "https://www.example.org/a",
            "https://example.org:8080/a",
        ],
    )
    def test_another_page_has_another(self, url: str) -> None:
        assert canonical_url(url) != canonical_url("https://example.org/a")

    @pytest.mark.parametrize("url", ["", "mailto:a@b.c", "https://", "http://[::1", "javascript:x"])
    def test_what_is_no_web_address_has_none(self, url: str) -> None:
        assert canonical_url(url) == ""

    def test_only_what_tracks_is_taken_out(self) -> None:
        url = "https://example.org/a?id=7&utm_campaign=w&gclid=x#end"
        assert tracking_in(url) == ["utm_campaign", "gclid"]
        assert without_tracking(url) == "https://example.org/a?id=7#end"

    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",  # noqa: S104
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "198.18.0.1",
            "168.63.129.16",
            "::1",
            "::",
            "fe80::1",
            "fe80::1%eth0",
            "fc00::1",
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "::127.0.0.1",
            "::10.0.0.1",
            "::169.254.169.254",
            "::1.1.1.1",
            "::ffff:0:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:100.64.0.1",
            "::ffff:168.63.129.16",
            "64:ff9b:1::10.0.0.1",
            "2001:db8::1",
            "ff02::1",
            "not an address",
        ],
    )
    def test_a_private_address_is_told_in_every_guise(self, address: str) -> None:
        assert not is_public_address(address)

    @pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111"])
    def test_a_public_address_is_public(self, address: str) -> None:
        assert is_public_address(address)


class TestLinks:
    @pytest.mark.parametrize(
        "words", ["here", "Click here!", "这里", "点击这里", "hier", "こちら", "mehr …", "»more«"]
    )
    def test_words_that_say_nothing_are_a_warning(self, words: str) -> None:
        found = only(link_findings([Link("https://example.org/", words, HERE)]))
        assert (found.check, found.severity) == ("link-words", Severity.WARNING)
        assert words in found.message

    def test_a_title_may_be_any_words(self) -> None:
        assert not list(link_findings([Link("https://example.org/", "Here", HERE, is_title=True)]))

    def test_the_same_page_in_two_entries_is_told_with_the_first(self) -> None:
        links = [
            Link("https://example.org/a", "A", HERE, is_title=True),
            Link("http://example.org/a/?utm_source=x", "B", THERE, is_title=True),
        ]
        twice = [f for f in link_findings(links) if f.check == "link-twice"]
        assert twice[0].severity is Severity.WARNING
        assert twice[0].place is THERE
        assert "Entry 1" in twice[0].message

    def test_within_one_entry_a_link_may_come_again(self) -> None:
        links = [
            Link("https://example.org/a", "A", HERE, is_title=True),
            Link("https://example.org/a", "the thing itself", HERE),
        ]
        assert not list(link_findings(links))

    def test_a_link_that_ran_is_told_with_its_issue(self) -> None:
        earlier = {"https://example.org/a": EarlierRun(12, "Old news", "It was called so")}
        found = only(link_findings([Link("https://example.org/a/", "A", HERE)], earlier))
        assert found.check == "link-earlier"
        assert "issue 12, “Old news”" in found.message

    def test_tracking_is_a_note_with_the_clean_address(self) -> None:
        link = Link("https://example.org/a?utm_source=x&b=1", "A", HERE)
        found = only(link_findings([link]))
        assert found.check == "link-tracking"
        assert found.advice.endswith("https://example.org/a?b=1")

    @pytest.mark.parametrize(
        "url", ["http://localhost/a", "https://192.168.1.1/", "http://wiki.internal/"]
    )
    def test_a_private_address_is_a_warning(self, url: str) -> None:
        assert checks(link_findings([Link(url, "A", HERE)])) == [("link-private", "warning")]


class TestPicturesAndHeadings:
    def test_a_picture_without_words_is_a_warning(self) -> None:
        assert checks(picture_findings([Picture("https://example.org/a.png", " ", HERE)])) == [
            ("picture-alt", "warning")
        ]

    @pytest.mark.parametrize("ending", ["webp", "svg", "avif", "WEBP?v=2"])
    def test_a_format_that_outlook_lacks_is_a_warning(self, ending: str) -> None:
        picture = Picture(f"https://example.org/a.{ending}", "A cat", HERE)
        found = only(picture_findings([picture]))
        assert found.check == "picture-format"
        assert "Outlook" in found.message

    def test_a_level_left_out_is_a_warning_in_its_text_alone(self) -> None:
        fine = [Heading(1, "a", HERE), Heading(2, "b", HERE), Heading(1, "c", THERE)]
        assert not list(heading_findings(fine))
        found = only(heading_findings([Heading(1, "a", HERE), Heading(3, "deep", HERE)]))
        assert "“deep”" in found.message
        assert found.advice == "Write ## instead of ###."


class TestAnswers:
    LINK = Link("https://example.org/a", "A", HERE)
    PICTURE = Picture("https://example.org/p.png", "A cat", HERE)

    def found(self, *answers: LinkAnswer) -> list[Finding]:
        known = {answer.url: answer for answer in answers}
        return list(answer_findings([self.LINK, self.LINK], [self.PICTURE], known))

    def test_a_dead_link_is_an_error_told_once(self) -> None:
        answer = LinkAnswer(self.LINK.url, LinkResult.GONE, NOW, status=404)
        found = only(self.found(answer))
        assert (found.check, found.severity) == ("link-dead", Severity.ERROR)
        assert "404" in found.message

    def test_a_site_that_does_not_exist_is_an_error_only_where_there_is_a_network(self) -> None:
        gone = LinkAnswer(self.LINK.url, LinkResult.NO_HOST, NOW)
        assert only(self.found(gone)).severity is Severity.WARNING
        fine = LinkAnswer(
            self.PICTURE.url, LinkResult.FOUND, NOW, status=200, content_type="image/png"
        )
        assert only(self.found(gone, fine)).severity is Severity.ERROR

    def test_what_is_shut_to_programs_is_a_note(self) -> None:
        answer = LinkAnswer(self.LINK.url, LinkResult.SHUT, NOW, status=403)
        assert only(self.found(answer)).severity is Severity.NOTE

    def test_a_redirect_is_a_note_with_its_end(self) -> None:
        answer = LinkAnswer(
            self.LINK.url, LinkResult.FOUND, NOW, status=200, final_url="https://example.org/b"
        )
        assert "https://example.org/b" in only(self.found(answer)).message

    def test_a_heavy_picture_and_one_that_is_none(self) -> None:
        answer = LinkAnswer(
            self.PICTURE.url,
            LinkResult.FOUND,
            NOW,
            status=200,
            content_type="image/png",
            length=1_500_000,
        )
        assert checks(self.found(answer)) == [("picture-weight", "warning")]
        page = replace(answer, content_type="text/html; charset=utf-8", length=None)
        assert checks(self.found(page)) == [("picture-dead", "error")]

    def test_trouble_is_asked_again_soon_and_a_good_answer_after_a_day(self) -> None:
        fine = LinkAnswer("u", LinkResult.FOUND, NOW)
        bad = LinkAnswer("u", LinkResult.FAILING, NOW)
        later = NOW + timedelta(minutes=11)
        assert fine.is_fresh(later)
        assert not bad.is_fresh(later)
        assert bad.counts(later)
        assert not fine.counts(NOW + timedelta(days=8))


class TestTheLanguage:
    @pytest.mark.parametrize(
        ("text", "language", "is_told"),
        [
            ("慢工具的一些想法", "en", True),
            ("慢工具的一些想法", "zh-Hant", False),
            ("ゆっくりした道具について", "zh", True),
            ("كتاب عن الأدوات البطيئة", "fa", False),
            ("On slow tools, 慢工具, and more words about them", "en", False),
            ("Über langsame Werkzeuge", "en", False),
        ],
    )
    def test_letters_of_another_language_are_told(
        self, text: str, language: str, *, is_told: bool
    ) -> None:
        content = an_issue(an_entry("T", body=text), title="T", intro="")
        assert bool(list(language_findings(content, language))) is is_told


class TestTheSender:
    @pytest.mark.parametrize(
        ("one", "other", "is_same"),
        [
            ("example.org", "example.org", True),
            ("news.example.org", "example.org", True),
            ("news.example.org", "mail.example.org", True),
            ("example.org", "example.net", False),
            ("a.co.uk", "b.co.uk", False),
            ("news.a.co.uk", "a.co.uk", True),
        ],
    )
    def test_alignment_is_relaxed(self, one: str, other: str, is_same: bool) -> None:  # noqa: FBT001
        assert is_aligned(one, other) is is_same

    def test_a_signature_of_another_domain_is_an_error(self) -> None:
        found = only(
            sender_findings(PROFILE, is_signed=True, dkim_domain="other.net", is_sandboxed=False)
        )
        assert (found.check, found.severity) == ("sender-alignment", Severity.ERROR)

    def test_no_signature_is_a_warning_but_in_the_sandbox(self) -> None:
        def ask(*, is_sandboxed: bool) -> list[Finding]:
            return list(
                sender_findings(PROFILE, is_signed=False, dkim_domain="", is_sandboxed=is_sandboxed)
            )

        assert checks(ask(is_sandboxed=False)) == [("sender-unsigned", "warning")]
        assert not ask(is_sandboxed=True)

    @pytest.mark.parametrize(
        ("url", "is_told"),
        [
            ("http://news.example.org", True),
            ("", True),
            ("https://news.example.org", False),
            ("HTTPS://news.example.org", False),
        ],
    )
    def test_one_click_goes_by_https_alone(self, url: str, is_told: bool) -> None:  # noqa: FBT001
        found = checks(one_click_findings(url, is_sandboxed=False))
        assert found == ([("one-click", "warning")] if is_told else [])
        assert not list(one_click_findings(url, is_sandboxed=True))


class TestGrouping:
    PLACES = tuple(Place(f"Entry {number}", f"entry-{number}-url") for number in range(1, 22))

    def test_one_note_of_many_entries_is_said_once(self) -> None:
        notes = [note("entry-without-link", place, "It has no link.") for place in self.PLACES]
        (alike,) = grouped(notes)
        assert alike.first is notes[0]
        assert alike.others == tuple(notes[1:])

    def test_a_few_of_a_kind_are_said_one_by_one(self) -> None:
        notes = [note("entry-without-link", place, "No link.") for place in self.PLACES[:3]]
        assert [alike.first for alike in grouped(notes)] == notes

    def test_each_error_stays_on_its_own(self) -> None:
        errors = [error("link-dead", place, "It is dead.") for place in self.PLACES]
        assert [alike.first for alike in grouped(errors)] == errors

    def test_kinds_and_severities_are_not_mixed_and_keep_their_order(self) -> None:
        mixed = [
            make(check, place, "Said.")
            for make in (warning, note)
            for place in self.PLACES
            for check in ("link-twice", "link-tracking")
        ]
        found = [(alike.first.severity, alike.first.check) for alike in grouped(mixed)]
        assert found == [
            (severity, check)
            for severity in (Severity.WARNING, Severity.NOTE)
            for check in ("link-twice", "link-tracking")
        ]

    def test_an_unsigned_sender_is_told_the_command_that_helps(self) -> None:
        (found,) = sender_findings(PROFILE, is_signed=False, dkim_domain="", is_sandboxed=False)
        assert "newsletter dkim make" in found.advice


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("example.org", "https://example.org"),
        ("www.example.org:8080/a?b=c#d", "https://www.example.org:8080/a?b=c#d"),
        ("//example.org/a", "https://example.org/a"),
        ("bücher.example/ä", "https://bücher.example/ä"),
        ("http://example.org", "http://example.org"),
        ("mailto:ada@example.org", "mailto:ada@example.org"),
        ("ada@example.org", "ada@example.org"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("example.org/a b", "example.org/a b"),
        ("/a.b/c", "/a.b/c"),
        ("localhost:8000", "localhost:8000"),
        ("no", "no"),
        ("", ""),
    ],
)
def test_an_address_that_is_typed_without_https_gets_it(typed: str, meant: str) -> None:
    assert with_scheme(typed) == meant
