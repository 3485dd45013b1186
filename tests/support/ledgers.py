"""An issue that went out, with the end of each copy as a test wants it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.feedback.inbound import Proof, ReportedCopy, Whose
from newsletter.domain.feedback.verdicts import Feedback, FeedbackVerdict
from newsletter.domain.issues.issue import IssueState
from newsletter.store.feedback.facts import add_fact
from newsletter.store.models import Batch, Delivery, Edition, Issue, Newsletter, Subscriber
from newsletter.usecases.context import Context
from newsletter.usecases.sending.schedule_issue import send_now
from newsletter.usecases.sending.start_issue import start_issue
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.principals import by

ENDED = {
    "failed": {
        "state": DeliveryState.FAILED,
        "reply_code": 550,
        "reply_enhanced": "5.7.1",
        "reply_text": "we do not like your network",
        "reply_stage": "rcpt",
        "relay": "mx.example.net:25",
    },
    "accepted": {
        "state": DeliveryState.ACCEPTED,
        "reply_code": 250,
        "reply_enhanced": "2.0.0",
        "reply_text": "Ok: queued as Q77",
        "queue_id": "Q77",
        "relay": "mx.example.net:25",
    },
    "held": {"state": DeliveryState.UNCERTAIN, "due_at": None, "detail": "The connection broke."},
}


@dataclass
class SentIssue:
    context: Context
    newsletter: Newsletter
    issue_id: int

    def line(self, address: str) -> Delivery:
        with self.context.database.read() as session:
            return session.scalars(
                select(Delivery)
                .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
                .join(Edition, Edition.id == Delivery.edition_id)
                .where(Subscriber.address == address, Edition.issue_id == self.issue_id)
            ).one()

    def states(self) -> dict[str, str]:
        with self.context.database.read() as session:
            rows = session.execute(
                select(Subscriber.address, Delivery.state)
                .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
                .join(Edition, Edition.id == Delivery.edition_id)
                .where(Edition.issue_id == self.issue_id)
            )
            return {str(row.address).partition("@")[0]: row.state for row in rows}

    def issue(self) -> Issue:
        with self.context.database.read() as session:
            return session.get_one(Issue, self.issue_id)

    def edition(self) -> Edition:
        with self.context.database.read() as session:
            return session.scalars(select(Edition).where(Edition.issue_id == self.issue_id)).one()


def a_sent_issue(
    context: Context, *ended: str, newsletter: Newsletter | None = None, **values: Any
) -> SentIssue:
    """One reader for each of `ended`: failed-1 is an address, and how its copy ended."""
    newsletter = newsletter or a_newsletter(context)
    for name in ended:
        a_subscriber(context, newsletter, address=f"{name}@example.org")
    issue_id = an_issue(context, newsletter, **values).id
    send_now(context, issue_id, by("editor"))
    start_issue(context, issue_id)
    sent = SentIssue(context, newsletter, issue_id)
    for name in ended:
        end_copy(sent, name)
    with context.database.write() as session:
        session.execute(update(Batch).values(closed_at=context.now()))
        issue = session.get_one(Issue, issue_id)
        issue.state, issue.sent_at = IssueState.SENT, context.now() + timedelta(seconds=9)
    return sent


def end_copy(sent: SentIssue, name: str) -> None:
    """By its local part up to the first dash: a state, or one of ENDED."""
    line, kind = sent.line(f"{name}@example.org"), name.partition("-")[0]
    values = {"attempts": 1, "state_at": sent.context.now()}
    values |= ENDED.get(kind) or {"state": DeliveryState(kind)}
    with sent.context.database.write() as session:
        session.execute(
            update(Delivery)
            .where(
                Delivery.edition_id == line.edition_id,
                Delivery.subscriber_id == line.subscriber_id,
            )
            .values(**values)
        )


def say(sent: SentIssue, name: str, *verdicts: FeedbackVerdict) -> None:
    """What came back of a copy, an hour apart."""
    line = sent.line(f"{name}@example.org")
    copy = ReportedCopy(sent.newsletter.id, line.subscriber_id, line.edition_id)
    with sent.context.database.write() as session:
        for hours, verdict in enumerate(verdicts):
            at = sent.context.now() + timedelta(hours=hours)
            feedback = Feedback("", verdict, "5.1.1", "550", f"550 5.1.1 {verdict.value}")
            add_fact(session, None, at, feedback, Whose(copy, Proof.VERP))
