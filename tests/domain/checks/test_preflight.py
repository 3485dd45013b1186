"""The rules for an issue that ask nobody: subject, links, pictures, headings, language."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.domain.checks.inbox_lines import inbox_findings, width_of
from newsletter.domain.checks.link_answers import LinkAnswer, LinkResult, answer_findings
from newsletter.domain.checks.link_rules import (
    EarlierRun,
    heading_findings,
    link_findings,
    picture_findings,
)
from newsletter.domain.checks.preflight import (
    Finding,
    Heading,
    InLibrary,
    Link,
    Picture,
    Place,
    Severity,
    error,
    grouped,
    note,
    warning,
)
from newsletter.domain.checks.scripts import language_findings
from tests.support.findings import checks, only
from tests.support.issues import an_entry, an_issue

HERE = Place("Entry 1", "entry-1-body")
THERE = Place("Entry 2", "entry-2-body")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


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

    @pytest.mark.parametrize(
        "words",
        [
            "Unsubscribe",
            "Manage your preferences",
            "View in browser »",
            "View this email in your browser.",
            "Newsletter abmelden",
            "退订",
        ],
    )
    def test_a_link_of_the_mail_that_was_copied_is_a_warning_unless_it_is_a_title(
        self, words: str
    ) -> None:
        link = Link("https://e.example/u?id=9", words, HERE)
        assert checks(link_findings([link])) == [("link-copied", "warning")]
        assert not list(link_findings([replace(link, is_title=True)]))
        assert not list(link_findings([replace(link, words="Why readers unsubscribe")]))


class TestPicturesAndHeadings:
    def test_a_picture_without_words_is_a_warning(self) -> None:
        assert checks(picture_findings([Picture("https://example.org/a.png", " ", HERE)])) == [
            ("picture-alt", "warning")
        ]

    def test_http_is_a_warning_but_for_our_own_pictures_whose_address_is_a_setting(self) -> None:
        picture = Picture("http://localhost:8000/media/a.png", "A cat", HERE)
        assert checks(picture_findings([picture])) == [("picture-insecure", "warning")]
        assert not list(picture_findings([picture], {picture.url: InLibrary("A cat")}))

    @pytest.mark.parametrize(
        ("alt", "known", "said"),
        [
            ("", InLibrary("", "sea.png"), "The picture “sea.png” has no alternative text."),
            (
                " ",
                InLibrary("A sea", "https://example.org/2026/sea.png"),
                "The picture “sea.png” has no alternative text.",
            ),
            ("", InLibrary("A sea"), "The picture “A sea” has no alternative text."),
            (
                "A sea at dawn",
                InLibrary("A sea", "sea.webp"),
                "The picture “A sea at dawn” is WebP, which Outlook for Windows does not show.",
            ),
        ],
    )
    def test_a_picture_of_ours_is_called_by_its_words_or_its_file_not_by_its_address(
        self, alt: str, known: InLibrary, said: str
    ) -> None:
        ending = "webp" if alt.strip() else "png"
        picture = Picture(f"https://n.example/media/{'5e' * 32}.{ending}", alt, HERE)
        assert only(picture_findings([picture], {picture.url: known})).message == said

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
