"""What becomes of lifelike issues: copies, bounces, clicks, a doubt. Posts the outbox."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import datetime, timedelta
from smtplib import SMTP
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.domain.clicks.click_rules import Verdict
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.feedback.inbound import Door, InboundState, Proof, ReportedCopy, Whose
from newsletter.domain.feedback.verdicts import Feedback, FeedbackVerdict
from newsletter.domain.issues.issue import IssueState
from newsletter.store.feedback.facts import add_fact
from newsletter.store.models import (
    Batch,
    ClickCount,
    Delivery,
    Doubt,
    Edition,
    EditionLink,
    InboundMessage,
    Issue,
    OutboxMessage,
    Subscriber,
)
from newsletter.usecases.context import Context
from newsletter.usecases.outbox.compose_mail import compose_mail
from newsletter.usecases.outbox.mail import Gone


def end_issue(context: Context, issue_id: int, dice: random.Random, *, is_last: bool) -> None:
    """Every copy gets its end, some come back, and readers click."""
    now = context.now()
    with context.database.write() as session:
        edition = session.scalars(select(Edition).where(Edition.issue_id == issue_id)).one()
        rows = list(session.scalars(select(Delivery).where(Delivery.edition_id == edition.id)))
        for place, row in enumerate(rows):
            end_copy(row, now + timedelta(seconds=place / 20), dice)
        session.execute(update(Batch).where(Batch.edition_id == edition.id).values(closed_at=now))
        issue = session.get_one(Issue, issue_id)
        issue.state, issue.sent_at = IssueState.SENT, now + timedelta(seconds=len(rows) / 20)
        issue.state_at = issue.sent_at
        came_back = dice.sample(rows, min(len(rows), 3 if not is_last else 12))
        for row in came_back:
            _come_back(session, edition, row, dice, now)
        _click(session, edition, len(rows), dice)
        if is_last:
            _doubt(session, edition, now)


def end_copy(row: Delivery, at: datetime, dice: random.Random) -> None:
    row.attempts, row.relay, row.due_at, row.state_at = 1, "relay.example.net:587", None, at
    if dice.random() < 0.985:
        row.state, row.reply_code, row.reply_enhanced = DeliveryState.ACCEPTED, 250, "2.0.0"
        row.reply_text = "Ok: queued"
    else:
        row.state, row.reply_code, row.reply_enhanced = DeliveryState.FAILED, 550, "5.1.1"
        row.reply_text, row.reply_stage = "The email account does not exist", "rcpt"


def post_mail(context: Context) -> None:
    """What waits in the outbox arrives in the sandbox."""
    relay = urlsplit(context.settings.sandbox_smtp_url)
    with context.database.read() as session:
        waiting = list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))
    with SMTP(relay.hostname or "", relay.port or 0) as smtp:
        for row in waiting:
            with suppress(Gone):
                mail = compose_mail(context, row)
                smtp.sendmail(mail.envelope.sender, mail.envelope.recipient, mail.message)


_VERDICTS = (
    (FeedbackVerdict.HARD, "550 5.1.1 The email account that you tried to reach does not exist"),
    (FeedbackVerdict.SOFT, "452 4.2.2 The recipient's inbox is out of storage space"),
    (FeedbackVerdict.SOFT, "451 4.3.0 Temporary server error"),
    (FeedbackVerdict.COMPLAINT, ""),
    (FeedbackVerdict.AUTOMATIC, "Out of the office until Monday"),
)


def _come_back(
    session: Session, edition: Edition, row: Delivery, dice: random.Random, now: datetime
) -> None:
    verdict, words = dice.choice(_VERDICTS)
    at = now + timedelta(hours=dice.randint(1, 40))
    address = session.get_one(Subscriber, row.subscriber_id).address or ""
    message = InboundMessage(
        door=Door.SMTP,
        received_at=at,
        sender="",
        recipients=["bounces@harbour.example.org"],
        size_bytes=3_200,
        content=f"Subject: Undelivered mail\r\n\r\n{address}: {words}\r\n".encode(),
        content_key=f"{edition.id}-{row.subscriber_id}",
        state=InboundState.JUDGED,
        state_at=at,
        classifier=1,
    )
    session.add(message)
    session.flush()
    copy = ReportedCopy(edition.newsletter_id, row.subscriber_id, edition.id)
    feedback = Feedback(address, verdict, words[4:9], words[:3], words)
    add_fact(session, message.id, at, feedback, Whose(copy, Proof.VERP))


def _click(session: Session, edition: Edition, copies: int, dice: random.Random) -> None:
    links = session.scalars(select(EditionLink).where(EditionLink.edition_id == edition.id))
    for link in links:
        people = round(copies * dice.uniform(0.01, 0.16))
        for verdict, clicks in ((Verdict.PERSON, people), (Verdict.BURST, people // 3)):
            session.add(
                ClickCount(
                    edition_id=edition.id, number=link.number, verdict=verdict, clicks=clicks
                )
            )


def _doubt(session: Session, edition: Edition, now: datetime) -> None:
    session.add(
        Doubt(
            edition_id=edition.id,
            domain="gmx.de",
            since=now,
            dead=24,
            taken=61,
            words="550 5.1.1 Requested action not taken: mailbox unavailable",
        )
    )
