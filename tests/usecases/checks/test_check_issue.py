"""An issue is checked, and an error keeps it here until it is put right or answered for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from newsletter.domain.checks.link_answers import LinkAnswer, LinkResult
from newsletter.domain.checks.preflight import Finding
from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.issue import IssueContent, IssueState
from newsletter.domain.operations.diagnoses import Diagnosis, Health
from newsletter.store.checks.link_checks import save_answers
from newsletter.store.events import history_of
from newsletter.store.issues.editions import edition_of
from newsletter.store.models import Issue, Newsletter
from newsletter.usecases.checks.check_issue import ChecksFailed, check_issue
from newsletter.usecases.checks.override_errors import override_errors, withdraw_override
from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import save_issue
from newsletter.usecases.newsletters.show_newsletters import open_issue
from newsletter.usecases.operations.examine import keep_examinations
from newsletter.usecases.operations.last_examinations import Examination
from newsletter.usecases.sending.control_issue import resume_issue
from newsletter.usecases.sending.schedule_issue import schedule_issue, send_now
from newsletter.usecases.sending.start_issue import start_issue
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.issues import an_entry
from tests.support.issues import an_issue as written
from tests.support.principals import EDITOR, by

TODAY = datetime(2026, 11, 22)
PREHEADER = "Two links on slow tools and a thought"


@pytest.fixture
def newsletter(context: Context) -> Newsletter:
    newsletter = a_newsletter(context)
    a_subscriber(context, newsletter, name="Grace", attributes={"city": "Bern"})
    return newsletter


@pytest.fixture
def issue_id(context: Context, newsletter: Newsletter) -> int:
    return an_issue(context, newsletter, preheader=PREHEADER).id


def save(context: Context, issue_id: int, content: IssueContent) -> None:
    with context.database.read() as session:
        version = session.get_one(Issue, issue_id).version
    save_issue(context, issue_id, replace(content, preheader=PREHEADER), version, by("ada"))


def found(context: Context, issue_id: int, check: str) -> list[Finding]:
    return [f for f in check_issue(context, issue_id, EDITOR).findings if f.check == check]


def state_of(context: Context, issue_id: int) -> tuple[str, str]:
    with context.database.read() as session:
        issue = session.get_one(Issue, issue_id)
        return issue.state, issue.state_reason


def with_an_error(context: Context, issue_id: int) -> None:
    save(context, issue_id, written(an_entry(body="Dear {{ nmae }},"), number=None))


class TestWhatIsFound:
    def test_an_ordinary_issue_has_no_findings(self, context: Context, issue_id: int) -> None:
        checked = check_issue(context, issue_id, EDITOR)
        assert checked.findings == ()
        assert checked.may_go
        assert checked.html_bytes > 1000

    def test_links_pictures_and_headings_are_found_in_every_text(
        self, context: Context, issue_id: int
    ) -> None:
        save(
            context,
            issue_id,
            written(
                an_entry("One", body="Read it [here](https://example.org/x?utm_source=a)."),
                an_entry("Two", body="## A\n\n#### B", url="https://example.org/two"),
                an_entry("Three", body="![](https://example.org/cat.webp)", url=""),
                intro="[这里](https://example.org/intro)",
                number=None,
            ),
        )
        one, two, three = open_issue(context, issue_id, EDITOR).content.entry_names
        places = [(f.check, f.place.field) for f in check_issue(context, issue_id, EDITOR).findings]
        assert places == [
            ("heading-order", f"{two}-body"),
            ("heading-order", f"{two}-body"),
            ("link-words", "intro"),
            ("link-words", f"{one}-body"),
            ("picture-alt", f"{three}-body"),
            ("picture-format", f"{three}-body"),
            ("entry-without-link", f"{three}-url"),
            ("link-tracking", f"{one}-body"),
        ]

    def test_a_link_that_ran_in_an_earlier_issue_is_told_with_that_issue(
        self, context: Context, newsletter: Newsletter, issue_id: int
    ) -> None:
        an_issue(context, newsletter, state=IssueState.SENT, number=4, title="The old one")
        an_issue(context, newsletter, state=IssueState.DRAFT, number=5, title="Another draft")
        an_issue(context, a_newsletter(context), state=IssueState.SENT, number=9)
        ran = found(context, issue_id, "link-earlier")
        assert len(ran) == 2
        assert "issue 4, “The old one”, as “Entry number 1”" in ran[0].message

    def test_a_link_within_an_earlier_text_is_found_too(
        self, context: Context, newsletter: Newsletter, issue_id: int
    ) -> None:
        old = an_issue(context, newsletter, title="The old one")
        body = "See [this](https://example.org/wiki/Rust_(tool)?utm_source=x), https://e.org/b."
        intro = "As [last week](https://e.org/intro)."
        save(
            context, old.id, written(an_entry("Rust", body), intro=intro, title=old.title, number=4)
        )
        with context.database.write() as session:
            session.get_one(Issue, old.id).state = IssueState.SENT
        again = "[Rust](https://example.org/wiki/Rust_(tool)) <https://e.org/intro>"
        save(
            context,
            issue_id,
            written(an_entry("B", again, url="https://e.org/b"), number=None),
        )
        assert [
            (f.severity.value, f.message.partition(" ran in ")[2])
            for f in found(context, issue_id, "link-earlier")
        ] == [
            ("warning", "issue 4, “The old one”, in the text of “Rust”."),
            ("note", "issue 4, “The old one”, in the text of “Rust”."),
            ("note", "issue 4, “The old one”, in its intro."),
        ]

    def test_a_logo_that_is_no_picture_is_an_error(self, context: Context) -> None:
        """Its name can promise one: what the link check was answered says more."""
        logo = "https://example.org/logo.png"
        looks = a_newsletter(context, theme={"logo_url": logo, "logo_alt": "Field Notes"})
        issue_id = an_issue(context, looks).id
        answer = LinkAnswer(
            logo, LinkResult.FOUND, context.now(), status=200, content_type="text/html"
        )
        with context.database.write() as session:
            save_answers(session, [answer])
        (dead,) = check_issue(context, issue_id, EDITOR).errors
        assert (dead.check, dead.place.field) == ("picture-dead", "newsletter.theme_logo_url")
        assert f"{logo} is text/html, not a picture" in dead.message

    def test_a_field_that_no_active_reader_has_is_told(
        self, context: Context, newsletter: Newsletter, issue_id: int
    ) -> None:
        body = '{{ name }} {{ attribute.city|x }} {{ attribute.town|home }} {{ attribute.a"b.c|y }}'
        save(context, issue_id, written(an_entry(body=body), number=None))
        told = [f.message for f in found(context, issue_id, "personal-field")]
        assert len(told) == 2
        assert "attribute.town. All of them would see “home”" in told[0]

    def test_a_slip_in_a_field_s_name_is_an_error_and_code_is_not(
        self, context: Context, issue_id: int
    ) -> None:
        body = "Dear {{ nmae }}, write `{{ user }}` or \\{{ user }} or\n\n    {{ block }}\n"
        save(context, issue_id, written(an_entry(body=body), subject="{{ nam }}", number=None))
        (name,) = open_issue(context, issue_id, EDITOR).content.entry_names
        errors = check_issue(context, issue_id, EDITOR).errors
        assert [(f.check, f.place.field) for f in errors] == [
            ("personal-field", "subject"),
            ("personal-field", f"{name}-body"),
        ]

    def test_what_cannot_be_rendered_is_found_at_its_entry(
        self, context: Context, issue_id: int
    ) -> None:
        too_deep = an_entry("Two", body=">" * 200 + " deep")
        save(context, issue_id, written(an_entry("One"), too_deep, number=None))
        second = open_issue(context, issue_id, EDITOR).content.entries[1]
        (finding,) = check_issue(context, issue_id, EDITOR).findings
        assert (finding.check, finding.place.field) == ("render", f"entry-{second.id}-body")
        assert finding.place.label == "Entry 2, “Two”"

    def test_what_takes_the_room_is_told_by_entry(self, context: Context, issue_id: int) -> None:
        save(
            context,
            issue_id,
            written(
                an_entry("Short"), an_entry("Long", body="word " * 20_000, url=""), number=None
            ),
        )
        checked = check_issue(context, issue_id, EDITOR)
        size = next(f for f in checked.errors if f.check == "size")
        assert "The largest parts are Entry 2, “Long”" in size.advice
        assert checked.shares[0].name == "Entry 2, “Long”"
        assert sum(s.encoded_bytes for s in checked.shares) == pytest.approx(
            checked.html_bytes, rel=0.01
        )

    def test_an_issue_that_cannot_be_rendered_is_a_finding(
        self, context: Context, newsletter: Newsletter
    ) -> None:
        (finding,) = check_issue(
            context, an_issue(context, newsletter, entries=0).id, EDITOR
        ).findings
        assert (finding.check, finding.severity.value) == ("render", "error")


class TestBeforeItGoes:
    def test_an_issue_with_an_error_is_neither_scheduled_nor_sent(
        self, context: Context, issue_id: int
    ) -> None:
        with_an_error(context, issue_id)
        with pytest.raises(ChecksFailed, match="nmae") as refused:
            schedule_issue(context, issue_id, TODAY.replace(hour=23), None, by("ada"))
        assert [f.check for f in refused.value.findings] == ["personal-field"]
        with pytest.raises(ChecksFailed):
            send_now(context, issue_id, by("ada"))
        assert state_of(context, issue_id)[0] == IssueState.DRAFT

    def test_an_editor_may_answer_for_it_and_that_is_kept(
        self, context: Context, issue_id: int
    ) -> None:
        with_an_error(context, issue_id)
        override_errors(context, issue_id, " The braces  are meant. ", by("ada@example.org"))
        send_now(context, issue_id, by("ada"))
        assert start_issue(context, issue_id) == 1
        with context.database.read() as session:
            issue = session.get_one(Issue, issue_id)
            assert (issue.override_by, issue.override_reason) == (
                "ada@example.org",
                "The braces are meant.",
            )
            told = history_of(session, "issue", issue_id)
        assert any(event.facts.get("reason") == "The braces are meant." for event in told)

    def test_an_answer_without_a_reason_is_none(self, context: Context, issue_id: int) -> None:
        with_an_error(context, issue_id)
        with pytest.raises(InvalidInput, match="Give a reason"):
            override_errors(context, issue_id, "  ", by("ada"))
        assert not check_issue(context, issue_id, EDITOR).may_go

    def test_a_change_of_the_issue_ends_it(
        self, context: Context, clock: Clock, issue_id: int
    ) -> None:
        with_an_error(context, issue_id)
        override_errors(context, issue_id, "It is meant so", by("ada"))
        assert check_issue(context, issue_id, EDITOR).may_go
        clock.advance(timedelta(seconds=1))
        with_an_error(context, issue_id)
        assert not check_issue(context, issue_id, EDITOR).may_go

    def test_it_can_be_taken_back(self, context: Context, issue_id: int) -> None:
        with_an_error(context, issue_id)
        override_errors(context, issue_id, "It is meant so", by("ada"))
        withdraw_override(context, issue_id, by("ada"))
        assert not check_issue(context, issue_id, EDITOR).may_go


class TestAtTheFreeze:
    def test_an_error_that_turned_up_since_pauses_the_issue_with_the_reason(
        self, context: Context, issue_id: int
    ) -> None:
        send_now(context, issue_id, by("ada"))
        a_dead_link(context)
        assert start_issue(context, issue_id) == 0
        state, reason = state_of(context, issue_id)
        assert state == IssueState.PAUSED
        assert "404" in reason
        with context.database.read() as session:
            assert edition_of(session, issue_id) is None

    def test_resumed_it_is_paused_again_until_someone_answers_for_it(
        self, context: Context, issue_id: int
    ) -> None:
        send_now(context, issue_id, by("ada"))
        a_dead_link(context)
        start_issue(context, issue_id)
        resume_issue(context, issue_id, by("ada"))
        assert start_issue(context, issue_id) == 0
        override_errors(context, issue_id, "The site is back by then", by("ada"))
        resume_issue(context, issue_id, by("ada"))
        assert start_issue(context, issue_id) == 1


def a_dead_link(context: Context) -> None:
    answer = LinkAnswer("https://example.com/1", LinkResult.GONE, context.now(), status=404)
    with context.database.write() as session:
        save_answers(session, [answer])


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_the_doctor_knows_of_the_sender_is_a_warning_until_it_is_mended(
    context: Context, newsletter: Newsletter, issue_id: int
) -> None:
    broken = Diagnosis(Health.ERROR, "spf", "example.org", "There is no SPF record.")
    risky = Diagnosis(Health.WARNING, "dmarc", "example.org", "Its policy is none.")
    examined(context, newsletter.slug, broken, risky)
    examined(context, "another", replace(broken, check="mx"))
    checked = check_issue(context, issue_id, EDITOR)
    [told] = [one for one in checked.findings if one.check.startswith("doctor-")]
    assert told.check == "doctor-spf"
    assert told.message == "The doctor found on 22 November: example.org: There is no SPF record."
    assert told not in checked.errors
    examined(context, newsletter.slug, replace(broken, health=Health.GOOD), risky)
    assert found(context, issue_id, "doctor-spf") == []


def examined(context: Context, slug: str, *diagnoses: Diagnosis) -> None:
    keep_examinations(context, [Examination(slug, slug, context.now(), diagnoses)])
