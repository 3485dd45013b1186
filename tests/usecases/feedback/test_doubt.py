"""Dead addresses in masses may mean a broken server: nobody is suppressed until someone decides."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.feedback.doubts import MANY_DEAD, Decision, is_doubtful
from newsletter.domain.feedback.inbound import Proof, ReportedCopy, Whose
from newsletter.domain.feedback.verdicts import Feedback, FeedbackVerdict
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.feedback.facts import add_fact
from newsletter.store.models import Delivery, DomainPause
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.doubt import decide_doubts, doubts_about, list_doubts
from newsletter.usecases.sending.show_later import feedback_alarms
from tests.support.builders import a_newsletter, a_subscriber
from tests.support.ledgers import SentIssue, a_sent_issue
from tests.support.principals import EDITOR
from tests.usecases.feedback.test_act_on import hear, hear_of, set_sending, state, suppressions

NAMES = [f"accepted-{n}" for n in range(MANY_DEAD + 10)]
OTHERS = [f"accepted-x{n}" for n in range(20)]
"""Of whom nothing comes back, so that those who are dead are less than half."""
NO_SUCH_USER = Feedback(
    "", FeedbackVerdict.HARD, "5.1.1", "550", "550 5.1.1 <ada@example.org>: unknown", "unknown-user"
)


def active(sent: SentIssue, names: list[str]) -> int:
    return sum(state(sent, name) == SubscriptionState.ACTIVE for name in names)


def test_a_broken_relay_suppresses_few_and_pauses_the_issue(context: Context) -> None:
    sent = a_sent_issue(context, *NAMES, *OTHERS)
    set_sending(sent)
    for name in NAMES:
        hear(sent, name, NO_SUCH_USER)
    assert len(suppressions(context)) == MANY_DEAD - 1
    issue = sent.issue()
    assert issue.state == IssueState.PAUSED
    assert "under What came back" in issue.state_reason
    (alarm,) = (one for one in feedback_alarms(context, EDITOR) if "decide" in one.text)
    assert "20 of 50 copies came back as dead addresses" in alarm.text
    assert "ada@" not in alarm.text
    assert "ada@" not in issue.state_reason


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("decision", "left"), [(Decision.BELIEVED, 0), (Decision.DISMISSED, 11)], ids=str
)
def test_what_was_decided_holds_for_those_before_and_after(
    context: Context, decision: Decision, left: int
) -> None:
    sent = a_sent_issue(context, *NAMES, *OTHERS)
    for name in NAMES[:-1]:
        hear(sent, name, NO_SUCH_USER)
    assert active(sent, NAMES[:-1]) == 10
    decide_doubts(context, sent.issue_id, decision, EDITOR)
    hear(sent, NAMES[-1], NO_SUCH_USER)
    assert active(sent, NAMES) == left
    assert doubts_about(context, sent.issue_id, EDITOR) == ()


def test_one_domain_that_is_broken_is_doubted_and_paused_alone(context: Context) -> None:
    newsletter = a_newsletter(context)
    elsewhere = a_subscriber(context, newsletter, address="else@other.example").subscriber_id
    sent = a_sent_issue(context, *NAMES, newsletter=newsletter)
    with context.database.write() as session:
        copy = ReportedCopy(newsletter.id, elsewhere, sent.edition().id)
        add_fact(session, None, context.now(), NO_SUCH_USER, Whose(copy, Proof.VERP))
    for name in NAMES:
        hear(sent, name, NO_SUCH_USER)
    (doubt,) = doubts_about(context, sent.issue_id, EDITOR)
    assert doubt.domain == "example.org"
    assert active(sent, NAMES) > 0
    with context.database.read() as session:
        assert "dead addresses" in session.get_one(DomainPause, "example.org").reason


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_small_list_is_not_lost_before_there_are_many(context: Context) -> None:
    names = [f"accepted-{n}" for n in range(12)]
    sent = a_sent_issue(context, *names)
    for name in names:
        hear(sent, name, NO_SUCH_USER)
    assert active(sent, names) == 12 - 5
    (doubt,) = list_doubts(context, EDITOR)
    assert (doubt.issue_id, doubt.domain, doubt.dead, doubt.taken) == (sent.issue_id, "", 6, 12)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_provider_that_breaks_for_its_several_domains_is_doubted_for_each(
    context: Context,
) -> None:
    newsletter = a_newsletter(context)
    domains = ("hot.example", "out.example", "live.example")
    theirs = [f"ada{n}@{domain}" for n in range(6) for domain in domains]
    for address in theirs:
        a_subscriber(context, newsletter, address=address)
    sent = a_sent_issue(context, *NAMES, newsletter=newsletter)
    with context.database.write() as session:
        session.execute(update(Delivery).values(state=DeliveryState.ACCEPTED))
    for address in theirs:
        hear_of(sent, address, NO_SUCH_USER)
    assert {one.domain for one in doubts_about(context, sent.issue_id, EDITOR)} == set(domains)
    assert len(suppressions(context)) == len(theirs) - 2 * len(domains)


@pytest.mark.parametrize(
    ("dead", "taken", "doubted"),
    [
        (4, 4, False),
        (5, 10, True),
        (5, 11, False),
        (19, 39, False),
        (20, 401, False),
        (20, 400, True),
    ],
)
def test_few_and_a_usual_share_are_believed(dead: int, taken: int, *, doubted: bool) -> None:
    assert is_doubtful(dead, taken) is doubted
