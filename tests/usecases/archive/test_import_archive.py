"""An archive moves in: past issues with their pages and links, and nothing is ever mailed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from newsletter.delivery.sweep import finish_issues, sweep, tick
from newsletter.domain.errors import Conflict, InvalidInput, NewsletterError, NotFound
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.past_issues import Outcome
from newsletter.domain.staff.principals import Principal
from newsletter.store.checks.earlier_issues import earlier_runs
from newsletter.store.models import Delivery, Edition, Issue, Newsletter, OutboxMessage
from newsletter.store.sending.resends import Ended
from newsletter.usecases.archive.import_archive import ArchiveReport, Progress, import_archive
from newsletter.usecases.archive.read_archive import list_archive, read_edition
from newsletter.usecases.context import Context
from newsletter.usecases.issues.paste_digest import paste_digest
from newsletter.usecases.issues.write_issue import delete_issue, save_issue
from newsletter.usecases.newsletters.show_newsletters import open_issue
from newsletter.usecases.sending.control_issue import cancel_issue, pause_issue, resume_issue
from newsletter.usecases.sending.report_issue import report_issue
from newsletter.usecases.sending.resend import resend
from newsletter.usecases.sending.schedule_issue import send_now
from newsletter.usecases.sending.send_proof import send_proof
from newsletter.usecases.sending.send_test import send_test
from tests.support.archives import BUTTONDOWN, opening
from tests.support.builders import a_newsletter, a_subscriber, an_editor, an_issue
from tests.support.principals import EDITOR

SLUG = "field-notes"
sqlite_alone = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def imported(
    context: Context, files: dict[str, str | bytes], *, dry_run: bool = False, base_url: str = ""
) -> ArchiveReport:
    steps = import_archive(
        context, SLUG, opening(files), EDITOR, dry_run=dry_run, base_url=base_url
    )
    *_, report = steps
    assert isinstance(report, ArchiveReport)
    return report


def outcomes(report: ArchiveReport) -> list[Outcome]:
    return [one.outcome for one in report.files]


def issue_id_of(context: Context, number: int) -> int:
    with context.database.read() as session:
        return session.scalars(select(Issue.id).where(Issue.number == number)).one()


def rows(context: Context, model: type) -> int:
    with context.database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_past_issues_are_in_the_public_archive_at_their_old_dates(context: Context) -> None:
    a_newsletter(context, slug=SLUG)
    report = imported(context, BUTTONDOWN)
    assert report.summary == "3 files: 3 imported."
    assert report.is_complete
    lines = list_archive(context, SLUG).lines
    assert [(line.number, str(line.day), line.title) for line in lines] == [
        (3, "2023-01-16", "Anchors"),
        (2, "2023-01-09", "Winches"),
        (1, "2023-01-03", "Ropes"),
    ]
    page = read_edition(context, SLUG, 1)
    assert "January 3, 2023" in page.html
    assert "https://example.org/ropes" in page.html
    assert read_edition(context, SLUG, 1).version == page.version


def test_their_links_ran_before_those_of_issues_that_are_written_here(context: Context) -> None:
    newsletter = a_newsletter(context, slug=SLUG)
    sent = an_issue(context, newsletter, number=9, state=IssueState.SENT, entries=0)
    again = dict(BUTTONDOWN)
    again["emails/anchors.md"] = "- [Ropes](https://example.org/ropes) once more\n"
    imported(context, again)
    with context.database.read() as session:
        runs = earlier_runs(session, newsletter.id, sent.id, ["https://example.org/ropes/"])
    assert [(run.number, run.title) for run in runs.values()] == [(3, "Anchors")]


def test_a_dry_run_says_the_same_and_changes_nothing(context: Context) -> None:
    a_newsletter(context, slug=SLUG)
    report = imported(context, BUTTONDOWN, dry_run=True)
    assert report.summary == "3 files: 3 would be imported."
    assert rows(context, Issue) == 0


def test_a_second_run_changes_nothing_and_a_changed_file_is_told(context: Context) -> None:
    a_newsletter(context, slug=SLUG)
    imported(context, BUTTONDOWN)
    again = imported(context, BUTTONDOWN)
    assert outcomes(again) == [Outcome.THERE] * 3
    changed = {**BUTTONDOWN, "emails/ropes.md": "- [Other](https://example.org/other)\n"}
    report = imported(context, changed)
    assert outcomes(report) == [Outcome.CHANGED, Outcome.THERE, Outcome.THERE]
    assert not report.is_complete
    assert "Issue 1 was imported before" in report.files[0].reason
    delete_issue(context, issue_id_of(context, 1), EDITOR)
    assert outcomes(imported(context, changed))[0] is Outcome.NEW
    assert rows(context, Issue) == 3


TEXTS: dict[str, str | bytes] = {
    f"2020-01-{day:02}-a.md": f"- [A {day}](https://a.example/{day})\n" for day in range(1, 29)
}


def begun(context: Context) -> Iterator[Progress | ArchiveReport]:
    """An import of TEXTS after its first transaction."""
    steps = import_archive(context, SLUG, opening(TEXTS), EDITOR)
    for step in steps:
        if isinstance(step, Progress) and step.doing == "Importing":
            break
    return steps


def test_an_import_that_was_stopped_is_completed_by_the_next(context: Context) -> None:
    a_newsletter(context, slug=SLUG)
    begun(context).close()  # type: ignore[attr-defined]  # a generator
    assert 0 < rows(context, Issue) < 28
    report = imported(context, TEXTS)
    assert {one.outcome for one in report.files} == {Outcome.NEW, Outcome.THERE}
    lines = list_archive(context, SLUG).lines
    assert [line.number for line in lines] == list(range(28, 0, -1))
    assert [line.day.day for line in lines if line.day] == list(range(28, 0, -1))


def test_of_two_imports_at_once_each_issue_is_taken_by_one(context: Context) -> None:
    a_newsletter(context, slug=SLUG)
    slow = begun(context)
    quick = imported(context, TEXTS)
    *_, report = slow
    assert isinstance(report, ArchiveReport)
    assert rows(context, Issue) == quick.count(Outcome.NEW) + report.count(Outcome.NEW) == 28
    assert {one.reason for one in report.files if one.outcome is Outcome.REFUSED} == {
        f"Issue {number} was made meanwhile. Import it again." for number in range(21, 29)
    }


@sqlite_alone
class TestNothingOfThemIsEverMailed:
    @pytest.fixture
    def issue_id(self, context: Context) -> Iterator[int]:
        newsletter = a_newsletter(context, slug=SLUG)
        a_subscriber(context, newsletter)
        imported(context, BUTTONDOWN)
        yield issue_id_of(context, 1)
        assert (rows(context, Edition), rows(context, Delivery)) == (0, 0)
        assert rows(context, OutboxMessage) == 0

    def test_every_door_to_sending_refuses_it(self, context: Context, issue_id: int) -> None:
        editor = Principal.administrator(an_editor(context).id, "Ada")
        for send in (
            lambda: send_now(context, issue_id, EDITOR),
            lambda: send_test(context, issue_id, editor),
            lambda: send_proof(context, issue_id, ["ann@example.org"], "", editor),
            lambda: resend(context, issue_id, list(Ended), EDITOR),
            lambda: pause_issue(context, issue_id, EDITOR),
            lambda: resume_issue(context, issue_id, EDITOR),
            lambda: cancel_issue(context, issue_id, EDITOR),
        ):
            with pytest.raises(NewsletterError):
                send()

    def test_the_engine_leaves_it_alone(self, context: Context, issue_id: int) -> None:
        assert not tick(context)
        sweep(context)
        assert finish_issues(context) == []
        report = report_issue(context, issue_id, EDITOR)
        assert (report.state, report.active_at_freeze, report.adds_up) == ("imported", 0, True)

    def test_it_can_be_read_and_deleted_but_not_changed(
        self, context: Context, issue_id: int
    ) -> None:
        opened = open_issue(context, issue_id, EDITOR)
        assert opened.history[0].sentence == "Imported: emails/ropes.md"
        with pytest.raises(Conflict, match="imported"):
            save_issue(context, issue_id, opened.content, opened.version, EDITOR)
        with pytest.raises(Conflict, match="imported"):
            paste_digest(context, issue_id, "- [A](https://a.example)\n", EDITOR)
        delete_issue(context, issue_id, EDITOR)
        with pytest.raises(NotFound):
            read_edition(context, SLUG, 1)


@sqlite_alone
def test_an_old_issue_without_a_date_shows_none_and_stands_beside_its_number(
    context: Context,
) -> None:
    a_newsletter(context, slug=SLUG)
    imported(
        context,
        {
            "0001.md": "---\ndate: 2020-01-01\n---\n- [A](https://a.example/1)\n",
            "0002.md": "- [B](https://a.example/2)\n",
            "0003.md": "---\ndate: 2020-02-01\n---\n- [C](https://a.example/3)\n",
        },
    )
    lines = list_archive(context, SLUG).lines
    assert [(line.number, line.day is None) for line in lines] == [
        (3, False),
        (2, True),
        (1, False),
    ]
    assert str(context.now().year) not in read_edition(context, SLUG, 2).html


@sqlite_alone
def test_the_page_of_an_old_issue_follows_the_design_of_today(context: Context) -> None:
    newsletter = a_newsletter(context, slug=SLUG, name="Old Notes")
    imported(context, BUTTONDOWN)
    before = read_edition(context, SLUG, 1)
    with context.database.write() as session:
        session.get_one(Newsletter, newsletter.id).name = "New Notes"
    after = read_edition(context, SLUG, 1)
    assert ("Old Notes" in before.html, "New Notes" in after.html) == (True, True)
    assert before.version != after.version


@sqlite_alone
def test_what_another_service_would_fill_in_is_no_field_of_ours(context: Context) -> None:
    a_newsletter(context, slug=SLUG)
    text = "Dear {{ name|friend }}, {{ email }}\n\n- [A](https://a.example) [x]({{ address }})\n"
    imported(context, {"1.md": text})
    page = read_edition(context, SLUG, 1).html
    assert "Dear friend, {{ email }}" in page


@sqlite_alone
def test_text_without_links_is_an_issue_too_and_relative_addresses_are_completed(
    context: Context,
) -> None:
    a_newsletter(context, slug=SLUG)
    texts: dict[str, str | bytes] = {
        "1.md": "Only words this time.\n",
        "2.md": "- [A](/a) is here\n",
    }
    report = imported(context, texts, base_url="https://site.example")
    assert outcomes(report) == [Outcome.NEW, Outcome.NEW]
    assert "Only words this time" in read_edition(context, SLUG, 1).html
    assert "https://site.example/a" in read_edition(context, SLUG, 2).html


@sqlite_alone
@pytest.mark.parametrize("files", [{}, {"folder/": ""}])
def test_an_empty_archive_says_what_it_should_have(
    context: Context, files: dict[str, str | bytes]
) -> None:
    a_newsletter(context, slug=SLUG)
    with pytest.raises(InvalidInput, match="no issue in it"):
        imported(context, files)


@sqlite_alone
def test_a_newsletter_that_does_not_exist_is_said_before_anything_is_read(
    context: Context,
) -> None:
    with pytest.raises(NotFound):
        import_archive(context, "nobody", lambda: pytest.fail("opened"), EDITOR)
