"""An issue is rendered once for whatever is done with it, and what was rendered is what counts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from newsletter.cli.root import main
from newsletter.domain.checks.preflight import errors_of
from newsletter.domain.errors import Conflict
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.staff.principals import Principal
from newsletter.store.issues.editions import edition_of
from newsletter.store.models import Issue, Newsletter
from newsletter.usecases.checks.check_issue import check_issue
from newsletter.usecases.checks.issue_readiness import check_readiness
from newsletter.usecases.checks.override_errors import override_errors, withdraw_override
from newsletter.usecases.checks.score_spam import score_spam
from newsletter.usecases.context import Context
from newsletter.usecases.issues.preview_issue import preview_issue
from newsletter.usecases.issues.write_issue import save_issue
from newsletter.usecases.sending.schedule_issue import schedule_issue, send_now
from newsletter.usecases.sending.send_proof import send_proof
from newsletter.usecases.sending.send_test import send_test
from newsletter.usecases.sending.start_issue import start_issue
from tests.support.builders import a_newsletter, a_subscriber, an_editor, an_issue
from tests.support.issues import an_entry
from tests.support.issues import an_issue as written
from tests.support.principals import by
from tests.support.renderings import Renderings
from tests.support.services.spam_filters import answering

NINE_TOMORROW = datetime(2026, 11, 23, 9)
HAM = {"action": "no action", "score": 0.3}
SAMPLE = Path(__file__).parents[3] / "samples" / "harbour-digest.md"
ADA = by("ada")


@pytest.fixture
def newsletter(context: Context) -> Newsletter:
    newsletter = a_newsletter(context)
    a_subscriber(context, newsletter)
    return newsletter


@pytest.fixture
def issue_id(context: Context, newsletter: Newsletter) -> int:
    return an_issue(context, newsletter).id


@pytest.fixture(params=["without a filter", "with a filter"])
def filtered(context: Context, request: pytest.FixtureRequest) -> Iterator[Context]:
    if request.param == "without a filter":
        yield context
        return
    with answering(HAM) as (url, _):
        yield replace(context, settings=replace(context.settings, rspamd_url=url))


def issue_of(context: Context, issue_id: int) -> Issue:
    with context.database.read() as session:
        return session.get_one(Issue, issue_id)


def change_the_footer(context: Context, newsletter: Newsletter) -> None:
    with context.database.write() as session:
        session.get_one(Newsletter, newsletter.id).postal_address = "2 New Street"


def sent_now(context: Context, issue_id: int) -> None:
    send_now(context, issue_id, ADA)


def scheduled(context: Context, issue_id: int) -> None:
    schedule_issue(context, issue_id, NINE_TOMORROW, None, ADA)


class TestOneRendering:
    def test_when_it_is_scheduled(
        self, filtered: Context, issue_id: int, renderings: Renderings
    ) -> None:
        schedule_issue(filtered, issue_id, NINE_TOMORROW, None, ADA)
        assert renderings.count == 1

    def test_when_it_is_sent_now_and_when_it_is_frozen(
        self, filtered: Context, issue_id: int, renderings: Renderings
    ) -> None:
        send_now(filtered, issue_id, ADA)
        assert renderings.count == 1
        assert start_issue(filtered, issue_id) == 1
        assert renderings.count == 2

    def test_when_a_test_of_it_is_sent(
        self, filtered: Context, issue_id: int, renderings: Renderings
    ) -> None:
        editor = an_editor(filtered)
        send_test(filtered, issue_id, Principal.administrator(editor.id, editor.address))
        assert renderings.count == 1

    def test_when_a_proof_of_it_goes_to_many(
        self, filtered: Context, issue_id: int, renderings: Renderings
    ) -> None:
        send_proof(filtered, issue_id, ["a@example.org", "b@example.org"], "Is it true?", ADA)
        assert renderings.count == 1

    def test_when_it_is_checked_shown_or_judged(
        self, filtered: Context, issue_id: int, renderings: Renderings
    ) -> None:
        scores_spam = bool(filtered.settings.rspamd_url)
        for look in (
            lambda: check_issue(filtered, issue_id, ADA, scores_spam=scores_spam),
            lambda: check_readiness(filtered, issue_id, ADA),
            lambda: preview_issue(filtered, issue_id, ADA),
        ):
            before = renderings.count
            look()
            assert renderings.count == before + 1
        if scores_spam:
            score_spam(filtered, issue_id, ADA)
            assert renderings.count == 4

    def test_when_the_command_line_checks_it(
        self,
        context: Context,
        issue_id: int,
        renderings: Renderings,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        with answering(HAM) as (url, asked):
            environment = {
                "RSPAMD_URL": url,
                "DATABASE_URL": context.database.url,
                "VAR_DIR": str(context.settings.var_dir),
                "PUBLIC_URL": "https://news.example.org",
            }
            for name, value in environment.items():
                monkeypatch.setenv(name, value)
            for what in (str(issue_id), str(SAMPLE)):
                renderings.count = 0
                result = CliRunner().invoke(main, ["issue", "check", what, "--spam", "--json"])
                checks = [one["check"] for one in json.loads(result.stdout)["findings"]]
                assert "spam" in checks, result.output
                assert renderings.count == 1
        assert len(asked) == 2

    def test_none_for_a_time_that_cannot_be(
        self, context: Context, issue_id: int, renderings: Renderings
    ) -> None:
        with pytest.raises(Exception, match="in the past"):
            schedule_issue(context, issue_id, datetime(2020, 1, 1), None, ADA)
        assert renderings.count == 0


class TestChangedWhileItWasRendered:
    @pytest.mark.parametrize("way", [sent_now, scheduled])
    def test_nothing_of_another_version_is_sent_or_scheduled(
        self,
        context: Context,
        issue_id: int,
        renderings: Renderings,
        way: Callable[[Context, int], None],
    ) -> None:
        other = written(an_entry("Other"), number=None)
        renderings.then = lambda: save_issue(context, issue_id, other, 1, ADA)
        with pytest.raises(Conflict, match="changed while it was being checked"):
            way(context, issue_id)
        assert issue_of(context, issue_id).state == IssueState.DRAFT
        way(context, issue_id)
        assert issue_of(context, issue_id).state != IssueState.DRAFT

    @pytest.mark.parametrize("way", [sent_now, scheduled])
    def test_nothing_is_sent_or_scheduled_for_a_newsletter_that_has_changed(
        self,
        newsletter: Newsletter,
        context: Context,
        renderings: Renderings,
        way: Callable[[Context, int], None],
    ) -> None:
        issue_id = an_issue(context, newsletter).id
        renderings.then = lambda: change_the_footer(context, newsletter)
        with pytest.raises(Conflict, match="changed while it was being checked"):
            way(context, issue_id)
        assert issue_of(context, issue_id).state == IssueState.DRAFT

    def test_an_answer_for_its_errors_that_was_taken_back_counts_no_more(
        self, context: Context, issue_id: int, renderings: Renderings
    ) -> None:
        wrong = written(an_entry(body="Dear {{ nmae }},"), number=None)
        save_issue(context, issue_id, wrong, 1, ADA)
        assert errors_of(check_issue(context, issue_id, ADA).findings)
        override_errors(context, issue_id, "It is a quotation.", ADA)
        renderings.then = lambda: withdraw_override(context, issue_id, ADA)
        with pytest.raises(Conflict, match="changed while it was being checked"):
            send_now(context, issue_id, ADA)
        assert issue_of(context, issue_id).state == IssueState.DRAFT

    def test_an_edition_is_never_frozen_with_an_old_footer(
        self, context: Context, newsletter: Newsletter, issue_id: int, renderings: Renderings
    ) -> None:
        send_now(context, issue_id, ADA)
        renderings.then = lambda: change_the_footer(context, newsletter)
        assert start_issue(context, issue_id) == 0
        assert issue_of(context, issue_id).state == IssueState.SENDING
        assert start_issue(context, issue_id) == 1
        with context.database.read() as session:
            edition = edition_of(session, issue_id)
        assert edition
        assert "2 New Street" in edition.text
