"""What a spam filter thinks of an issue is kept with it, and keeps spam here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from newsletter.domain.errors import Misconfigured
from newsletter.domain.issues.issue import IssueState
from newsletter.store.issues.editions import edition_of
from newsletter.store.models import Issue, Newsletter
from newsletter.usecases.checks.check_issue import ChecksFailed, check_issue
from newsletter.usecases.checks.override_errors import override_errors
from newsletter.usecases.checks.score_spam import score_spam
from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import delete_issue, save_issue
from newsletter.usecases.sending.schedule_issue import schedule_issue, send_now
from newsletter.usecases.sending.start_issue import start_issue
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.issues import an_entry
from tests.support.issues import an_issue as written
from tests.support.principals import EDITOR, by
from tests.support.services.spam_filters import answering

SPAM = {"action": "reject", "score": 17.0, "symbols": {"SUBJ_ALL_CAPS": {"score": 17.0}}}
HAM = {"action": "no action", "score": 0.3}
TOMORROW = datetime(2030, 11, 22, 9)


@pytest.fixture
def newsletter(context: Context) -> Newsletter:
    newsletter = a_newsletter(context)
    a_subscriber(context, newsletter)
    return newsletter


@pytest.fixture
def issue_id(context: Context, newsletter: Newsletter) -> int:
    return an_issue(context, newsletter, preheader="Two links on slow tools and a thought").id


@pytest.fixture
def strict(context: Context) -> Iterator[Context]:
    """With a filter that takes everything for spam."""
    with answering(SPAM) as (url, _):
        yield with_filter(context, url)


def with_filter(context: Context, url: str) -> Context:
    return replace(context, settings=replace(context.settings, rspamd_url=url))


def opinions(context: Context, issue_id: int) -> list[str]:
    found = check_issue(context, issue_id, EDITOR).findings
    return [one.severity.value for one in found if one.check == "spam"]


def test_what_was_said_stands_among_the_findings_until_the_issue_is_changed(
    context: Context, issue_id: int
) -> None:
    with answering(HAM) as (url, asked):
        context = with_filter(context, url)
        assert opinions(context, issue_id) == []
        score_spam(context, issue_id, EDITOR)
    assert b"Subject: " in asked[0]
    assert opinions(context, issue_id) == ["note"]
    save_issue(context, issue_id, written(an_entry("Other"), number=None), 1, by("ada"))
    assert opinions(context, issue_id) == []


def test_a_later_opinion_takes_the_place_of_the_earlier(context: Context, issue_id: int) -> None:
    with answering(SPAM, HAM) as (url, _):
        context = with_filter(context, url)
        score_spam(context, issue_id, EDITOR)
        assert opinions(context, issue_id) == ["error"]
        score_spam(context, issue_id, EDITOR)
    assert opinions(context, issue_id) == ["note"]


@pytest.mark.parametrize("way", ["now", "later"])
def test_spam_does_not_go_out_unless_an_editor_answers_for_it(
    strict: Context, issue_id: int, way: str
) -> None:
    def send() -> None:
        if way == "now":
            send_now(strict, issue_id, by("ada"))
        else:
            schedule_issue(strict, issue_id, TOMORROW, None, by("ada"))

    with pytest.raises(ChecksFailed) as refused:
        send()
    assert "treated as spam" in str(refused.value)
    assert opinions(strict, issue_id) == ["error"]
    override_errors(strict, issue_id, "The subject is a quotation.", by("ada"))
    send()


def test_an_issue_that_was_scheduled_before_there_was_a_filter_is_paused_at_the_freeze(
    context: Context, strict: Context, issue_id: int
) -> None:
    send_now(context, issue_id, by("ada"))
    assert start_issue(strict, issue_id) == 0
    with strict.database.read() as session:
        issue = session.get_one(Issue, issue_id)
        assert (issue.state, "treated as spam" in issue.state_reason) == (IssueState.PAUSED, True)
        assert not edition_of(session, issue_id)


def test_one_question_is_enough(context: Context, issue_id: int) -> None:
    with answering(HAM) as (url, asked):
        context = with_filter(context, url)
        send_now(context, issue_id, by("ada"))
        assert start_issue(context, issue_id) == 1
    assert len(asked) == 1


@pytest.mark.parametrize("answer", [None, {"no": "answer"}], ids=["silent", "strange"])
def test_a_filter_that_does_not_answer_keeps_nothing_here(
    context: Context, issue_id: int, answer: dict[str, str] | None
) -> None:
    with answering(answer or HAM) as (url, _):
        strange = with_filter(context, url if answer else "http://127.0.0.1:1")
        with pytest.raises(Misconfigured, match="does not answer"):
            score_spam(strange, issue_id, EDITOR)
        send_now(strange, issue_id, by("ada"))
        assert start_issue(strange, issue_id) == 1


def test_a_draft_that_was_judged_can_be_deleted(strict: Context, issue_id: int) -> None:
    score_spam(strict, issue_id, EDITOR)
    delete_issue(strict, issue_id, by("ada"))
