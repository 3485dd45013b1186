"""What follows for the reader, the recipient domain and the issue from what came back."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from newsletter.domain.feedback.inbound import Proof, ReportedCopy, Whose
from newsletter.domain.feedback.verdicts import Feedback, FeedbackVerdict
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.outbox import OutboxKind
from newsletter.domain.readers.consent import ConsentKind, SubscriptionState, SuppressionReason
from newsletter.store.feedback.facts import add_fact
from newsletter.store.models import (
    Consent,
    Delivery,
    DomainPause,
    Event,
    Issue,
    Newsletter,
    OutboxMessage,
    RelayPause,
    Subscription,
    Suppression,
)
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.act_on import act_on
from newsletter.usecases.newsletters.save_newsletter import change_settings
from newsletter.usecases.readers.erase_subscriber import erase_subscriber
from newsletter.usecases.readers.suppress_subscriber import lift_suppression
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber
from tests.support.ledgers import SentIssue, a_sent_issue
from tests.support.principals import EDITOR

V = FeedbackVerdict
UNKNOWN_USER = Feedback("", V.HARD, "5.1.1", "550", "550 5.1.1 no such user", "unknown-user")
FULL = Feedback("", V.SOFT, "5.2.2", "552", "552 5.2.2 mailbox full", "mailbox-full")
SPAM = Feedback("", V.BLOCKED, "5.7.1", "550", "550 5.7.1 we think this is spam", "spam")
NOT_SIGNED = Feedback("", V.BLOCKED, "5.7.26", "550", "550-5.7.26 unauthenticated")
ABUSE = Feedback("", V.COMPLAINT, diagnostic="Feedback-Type: abuse")


def hear(sent: SentIssue, name: str, feedback: Feedback) -> None:
    hear_of(sent, f"{name}@example.org", feedback)


def hear_of(sent: SentIssue, address: str, feedback: Feedback) -> None:
    """As the pipeline does: the fact, and what follows from it, in one transaction."""
    context, line = sent.context, sent.line(address)
    copy = ReportedCopy(sent.newsletter.id, line.subscriber_id, line.edition_id)
    with context.database.write() as session:
        add_fact(session, None, context.now(), feedback, Whose(copy, Proof.VERP))
        act_on(context, session, copy, feedback, context.now())


def state(sent: SentIssue, name: str) -> str:
    subscription_id = sent.line(f"{name}@example.org").subscription_id
    with sent.context.database.read() as session:
        return session.get_one(Subscription, subscription_id).state


def suppressions(context: Context) -> list[Suppression]:
    with context.database.read() as session:
        return list(session.scalars(select(Suppression).order_by(Suppression.id)))


def set_sending(sent: SentIssue) -> None:
    with sent.context.database.write() as session:
        session.execute(update(Issue).values(state=IssueState.SENDING))


def test_a_dead_address_gets_no_mail_from_any_newsletter(context: Context) -> None:
    other = a_newsletter(context)
    elsewhere = a_subscriber(context, other, address="accepted-1@example.org")
    sent = a_sent_issue(context, "accepted-1")
    for _ in range(2):  # the same report twice
        hear(sent, "accepted-1", UNKNOWN_USER)
    (found,) = suppressions(context)
    assert (found.reason, found.source, found.newsletter_id) == ("hard bounce", "report", None)
    assert "no such user (issue #1)" in found.detail
    assert state(sent, "accepted-1") == SubscriptionState.SUPPRESSED
    with context.database.read() as session:
        assert session.get_one(Subscription, elsewhere.id).state == SubscriptionState.SUPPRESSED
        events = session.scalars(select(Event).where(Event.action == "subscriber.suppressed")).all()
    assert len(events) == 2, "one for each newsletter"
    assert sent.line("accepted-1@example.org").state == "accepted", "the ledger stays as it was"


def test_a_complaint_ends_that_subscription_and_is_kept_as_evidence(context: Context) -> None:
    elsewhere = a_subscriber(context, a_newsletter(context), address="accepted-1@example.org")
    sent = a_sent_issue(context, "accepted-1")
    hear(sent, "accepted-1", ABUSE)
    hear(sent, "accepted-1", ABUSE)
    (found,) = suppressions(context)
    assert (found.reason, found.newsletter_id) == ("complaint", sent.newsletter.id)
    with context.database.read() as session:
        assert session.get_one(Subscription, elsewhere.id).state == SubscriptionState.ACTIVE
        (evidence,) = session.scalars(select(Consent)).all()
    assert evidence.kind == ConsentKind.SUPPRESSED
    assert evidence.how == "complaint: Feedback-Type: abuse (issue #1)"


def test_who_asks_by_mail_has_left_and_gets_the_farewell_that_the_link_brings(
    context: Context,
) -> None:
    context = replace(context, settings=replace(context.settings, farewell_mail=True))
    sent = a_sent_issue(context, "accepted-1")
    for _ in range(2):
        hear(sent, "accepted-1", Feedback("", V.UNSUBSCRIBE))
    with context.database.read() as session:
        assert list(session.scalars(select(OutboxMessage.kind))) == [OutboxKind.FAREWELL]
    hear(sent, "accepted-1", ABUSE)  # out of order: a complaint about the same copy
    assert state(sent, "accepted-1") == SubscriptionState.SUPPRESSED
    hear(sent, "accepted-1", Feedback("", V.UNSUBSCRIBE))
    assert state(sent, "accepted-1") == SubscriptionState.SUPPRESSED


@pytest.mark.parametrize(
    "verdict", [V.DELAY, V.AUTOMATIC, V.DELIVERED, V.REPLY, V.UNKNOWN, V.BLOCKED, V.SOFT]
)
def test_of_these_one_changes_nothing(context: Context, verdict: FeedbackVerdict) -> None:
    sent = a_sent_issue(context, "accepted-1")
    hear(sent, "accepted-1", replace(UNKNOWN_USER, verdict=verdict))
    assert state(sent, "accepted-1") == SubscriptionState.ACTIVE
    assert suppressions(context) == []


def test_the_soft_rule_is_the_newsletter_s_own(context: Context, clock: Clock) -> None:
    newsletter = a_newsletter(context)
    rule = {"soft_bounce_issues": "2", "soft_bounce_days": "7"}
    change_settings(context, newsletter.slug, rule, EDITOR)
    a_subscriber(context, newsletter, address="accepted-1@example.org")
    first = _next_issue(context, newsletter)
    hear(first, "accepted-1", FULL)
    clock.advance(timedelta(days=7))
    second = _next_issue(context, newsletter)
    assert suppressions(context) == []
    hear(second, "accepted-1", FULL)
    (found,) = suppressions(context)
    assert (found.reason, found.newsletter_id) == (SuppressionReason.SOFT_BOUNCES, newsletter.id)
    assert "2 issues in a row over at least 7 days" in found.detail


def test_after_lifting_the_count_starts_again(context: Context, clock: Clock) -> None:
    newsletter = a_newsletter(context, soft_bounce_issues=2, soft_bounce_days=0)
    reader = a_subscriber(context, newsletter, address="accepted-1@example.org").subscriber_id
    for _ in range(2):
        hear(_next_issue(context, newsletter), "accepted-1", FULL)
        clock.advance(timedelta(days=7))
    lift_suppression(context, newsletter.slug, reader, "They made room", EDITOR)
    with context.database.write() as session:
        session.execute(update(Subscription).values(state="active", state_at=context.now()))
    hear(_next_issue(context, newsletter), "accepted-1", FULL)
    assert suppressions(context) == []


def _next_issue(context: Context, newsletter: Newsletter) -> SentIssue:
    sent = a_sent_issue(context, newsletter=newsletter)
    with context.database.write() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.edition_id == sent.edition().id)
            .values(state="accepted", state_at=context.now())
        )
    return sent


def test_blocks_in_numbers_pause_the_domain_and_no_reader(context: Context) -> None:
    names = [f"accepted-{n}" for n in range(12)]
    sent = a_sent_issue(context, *names)
    for name in names[:9]:
        hear(sent, name, SPAM)
    hear(sent, names[0], SPAM)  # the same copy twice counts once
    with context.database.read() as session:
        assert session.get(DomainPause, "example.org") is None
    hear(sent, names[9], SPAM)
    with context.database.read() as session:
        pause = session.get_one(DomainPause, "example.org")
    assert pause.reason == (
        "example.org sent 10 of 12 copies back, the last one with: 550 5.7.1 we think this is spam"
    )
    assert suppressions(context) == []


def test_what_is_about_us_pauses_the_issue_with_what_to_do(context: Context) -> None:
    names = [f"accepted-{n}" for n in range(7)]
    sent = a_sent_issue(context, *names)
    set_sending(sent)
    for name in names[:4]:
        hear(sent, name, NOT_SIGNED)
    assert sent.issue().state == IssueState.SENDING, "a few may be made up"
    hear(sent, names[4], NOT_SIGNED)
    issue = sent.issue()
    assert issue.state == IssueState.PAUSED
    assert "550-5.7.26 unauthenticated" in issue.state_reason
    assert "DNS records" in issue.state_reason
    assert "resume" in issue.state_reason


def test_an_account_that_is_used_up_pauses_the_relay(context: Context) -> None:
    names = [f"accepted-{n}" for n in range(5)]
    sent = a_sent_issue(context, *names)
    used_up = Feedback("", V.BLOCKED, "5.4.5", "550", "Daily user sending limit exceeded")
    for name in names:
        hear(sent, name, used_up)
    with context.database.read() as session:
        (pause,) = session.scalars(select(RelayPause)).all()
    assert pause.relay == "mx.example.net:25"
    assert "Daily user sending limit exceeded" in pause.reason


def test_nothing_follows_for_someone_who_was_erased(context: Context) -> None:
    sent = a_sent_issue(context, "accepted-1")
    line = sent.line("accepted-1@example.org")
    copy = ReportedCopy(sent.newsletter.id, line.subscriber_id, line.edition_id)
    slug = sent.newsletter.slug
    erase_subscriber(context, slug, line.subscriber_id, "accepted-1@example.org", EDITOR)
    before = [one.reason for one in suppressions(context)]
    for feedback in (UNKNOWN_USER, ABUSE, FULL, SPAM, NOT_SIGNED):
        with context.database.write() as session:
            act_on(context, session, copy, feedback, context.now())
    assert [one.reason for one in suppressions(context)] == before == ["erased"]


def test_two_reports_at_once_suppress_once(context: Context) -> None:
    sent = a_sent_issue(context, "accepted-1")
    both = [threading.Thread(target=hear, args=(sent, "accepted-1", UNKNOWN_USER)) for _ in "ab"]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(suppressions(context)) == 1
    with context.database.read() as session:
        assert len(session.scalars(select(Consent)).all()) == 1
