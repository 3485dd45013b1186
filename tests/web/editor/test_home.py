"""The editor's home page: a card for each newsletter, from counts that are kept."""

from __future__ import annotations

import pytest

from newsletter.domain.operations.diagnoses import Diagnosis, Health
from newsletter.store.examinations import keep_examination
from newsletter.store.models import Edition, EditionDomain
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.show_newsletters import show_newsletters
from newsletter.usecases.sending.control_issue import pause_issue
from newsletter.usecases.sending.schedule_issue import send_now
from newsletter.usecases.sending.start_issue import start_issue
from tests.support.builders import a_newsletter, an_issue
from tests.support.ledgers import a_sent_issue
from tests.support.principals import EDITOR
from tests.web.editor.conftest import Person, words


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


def test_the_last_result_comes_from_kept_counts_and_says_while_there_are_none(
    context: Context, editor: Person
) -> None:
    newsletter = a_newsletter(context)
    sent = a_sent_issue(context, "accepted-1", newsletter=newsletter)
    assert "not counted yet" in words(editor.get("/editor/"))
    with context.database.write() as session:
        edition = session.query(Edition).filter_by(issue_id=sent.issue_id).one()
        session.add(
            EditionDomain(
                edition_id=edition.id, domain="example.org", copies=1200, accepted=1190, failed=10
            )
        )
    assert "1,190 of" in words(editor.get("/editor/"))
    assert "10 refused or expired" in words(editor.get("/editor/"))


def test_the_last_issue_is_the_last_that_was_sent_not_one_that_was_paused_since(
    context: Context, editor: Person
) -> None:
    newsletter = a_newsletter(context)
    a_sent_issue(context, "accepted-1", newsletter=newsletter, title="Arrived")
    paused = an_issue(context, newsletter, entries=1, title="Held up").id
    send_now(context, paused, EDITOR)
    start_issue(context, paused)
    pause_issue(context, paused, EDITOR)
    last = words(editor.get("/editor/")).partition("The last issue")[2][:60]
    assert "Arrived" in last


def test_drafts_are_counted_all_and_shown_few(context: Context, editor: Person) -> None:
    newsletter = show_newsletters(context, EDITOR)[0]
    for _ in range(9):
        an_issue(context, newsletter, entries=1)
    page = editor.get("/editor/")
    assert "Drafts 9" in words(page)
    assert page.count('class="badge draft"') == 6


def test_each_newsletter_has_a_card_of_its_own(context: Context, editor: Person) -> None:
    other = a_newsletter(context, name="Field Notes")
    page = editor.get("/editor/")
    assert page.count('class="home-card"') == 2
    assert f"/editor/newsletters/{other.slug}/issues" in page


def test_in_the_sandbox_the_doctor_alarms_nobody_about_a_domain_that_sends_nothing(
    context: Context, editor: Person
) -> None:
    a_newsletter(context, slug="alarming")
    error = Diagnosis(Health.ERROR, "spf", "example.org", "There is no SPF record.")
    with context.database.write() as session:
        keep_examination(session, "alarming", context.now(), [error.to_json()])
    assert "The doctor found errors" not in editor.get("/editor/")
