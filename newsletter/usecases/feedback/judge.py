"""Judges what came in: reads it, finds out whose copy it is about, records it and acts on it.

A message is judged in one transaction, by whichever process comes first. It can be judged again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter import telemetry
from newsletter.domain.errors import NewsletterError
from newsletter.domain.feedback.inbound import NOBODYS, Door, InboundState, Whose, storable
from newsletter.domain.feedback.verdicts import Clues, Feedback, FeedbackVerdict
from newsletter.domain.readers.consent import SuppressionSource
from newsletter.mail.inbound.feedback import read_feedback
from newsletter.mail.inbound.provider_events import read_event
from newsletter.mail.verp import read_verp
from newsletter.store.feedback import arrivals, facts
from newsletter.store.feedback.copies import key_of_subscriber
from newsletter.store.models import InboundMessage
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.act_on import act_on
from newsletter.usecases.feedback.find_whose import find_whose
from newsletter.usecases.feedback.forward_reply import forward_reply

CLASSIFIER = 3
"""The version of the rules. Judge again after it grew."""
MESSAGES_AT_ONCE = 100
BYTES_AT_ONCE = 20_000_000
_REPORTS = frozenset(
    {
        FeedbackVerdict.HARD,
        FeedbackVerdict.SOFT,
        FeedbackVerdict.BLOCKED,
        FeedbackVerdict.DELAY,
        FeedbackVerdict.DELIVERED,
    }
)
_FOR_A_PERSON = frozenset({FeedbackVerdict.UNSUBSCRIBE, FeedbackVerdict.UNKNOWN})
_ASKED_BY_MAIL = Feedback("", FeedbackVerdict.UNSUBSCRIBE, rule="our-unsubscribe-address")


@dataclass(frozen=True, slots=True)
class Judged:
    """`outbox_ids` are new: enqueue them."""

    messages: int = 0
    outbox_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a message says, read outside of any transaction. `failure` is ours."""

    inbound_id: int
    feedback: Sequence[Feedback]
    clues: Clues
    failure: str = ""


def judge_new(context: Context) -> Judged:
    """A bounded batch of what waits, the oldest first. Call it until it judges nothing."""
    with context.database.read() as session:
        waiting = arrivals.new_messages(session, MESSAGES_AT_ONCE, BYTES_AT_ONCE)
    readings = [_read(context, one) for one in waiting]
    if not readings:
        return Judged()
    try:
        return _record(context, readings)
    except Exception as error:  # noqa: BLE001  one of them must not hold up the others
        with telemetry.wide_event("feedback not recorded together") as event:
            event.add(error=type(error).__name__)
        return _record_apart(context, readings)


def judge_again(context: Context) -> int:
    """Marks all whose content is still there as new, for newer rules. Returns how many."""
    with context.database.write() as session:
        return arrivals.mark_new(session, CLASSIFIER, context.now())


def _read(context: Context, row: InboundMessage) -> _Reading:
    try:
        feedback, clues = _said_by(row)
    except Exception as error:  # noqa: BLE001  kept with its row; the others go on
        return _Reading(row.id, (), Clues(), type(error).__name__)
    if _is_unsubscribe_address(context, clues) and not {f.verdict for f in feedback} & _REPORTS:
        feedback = [_ASKED_BY_MAIL]
    return _Reading(row.id, [one.made_harmless() for one in feedback], clues)


def _said_by(row: InboundMessage) -> tuple[list[Feedback], Clues]:
    door, content = Door(row.door), row.content or b""
    return read_event(door, content) if door.is_webhook else read_feedback(content, row.recipients)


def _is_unsubscribe_address(context: Context, clues: Clues) -> bool:
    """Whatever is written to it asks to leave."""
    read = (read_verp(address, context.settings.secret_keys) for address in clues.addressed_to)
    return any(claim is not None and claim.kind == "u" for claim in read)


def _record(context: Context, readings: Sequence[_Reading]) -> Judged:
    outbox_ids: list[int] = []
    now = context.now()
    with context.database.write() as session:
        rows = arrivals.lock_new(session, [reading.inbound_id for reading in readings])
        for reading in readings:
            if row := rows.get(reading.inbound_id):
                outbox_ids += _judge(context, session, row, reading)
                judgement = arrivals.Judgement(_state(reading), CLASSIFIER, reading.failure)
                arrivals.mark_judged(session, row.id, judgement, now)
    return Judged(len(rows), tuple(outbox_ids))


def _record_apart(context: Context, readings: Sequence[_Reading]) -> Judged:
    done, outbox_ids = 0, list[int]()
    for reading in readings:
        try:
            judged = _record(context, [reading])
        except NewsletterError as error:
            judged = _record(context, [_failed(reading, str(error))])
        except Exception as error:  # noqa: BLE001
            judged = _record(context, [_failed(reading, type(error).__name__)])
        done += judged.messages
        outbox_ids += judged.outbox_ids
    return Judged(done, tuple(outbox_ids))


def _failed(reading: _Reading, why: str) -> _Reading:
    return _Reading(reading.inbound_id, (), Clues(), storable(why))


def _state(reading: _Reading) -> InboundState:
    return InboundState.FAILED if reading.failure else InboundState.JUDGED


def _judge(
    context: Context, session: Session, row: InboundMessage, reading: _Reading
) -> Sequence[int]:
    """The outbox rows that it added."""
    known_before = facts.said_by(session, row.id)
    facts.delete_facts(session, row.id)
    outbox_ids: list[int] = []
    for feedback in reading.feedback:
        whose = find_whose(context, session, Door(row.door), reading.clues, feedback)
        outbox_ids += _record_fact(context, session, row, feedback, whose)
        is_repeated = (whose.copy, feedback.verdict) in known_before
        if _is_for_people(Door(row.door), feedback, whose) and not is_repeated:
            outbox_ids += forward_reply(context, session, row, reading.clues, whose)
    return outbox_ids


def _is_for_people(door: Door, feedback: Feedback, whose: Whose) -> bool:
    """Replies, and what proves nothing and only a person can see to: a wish to leave from another
    address, mail that no rule understands.
    """
    if feedback.verdict is FeedbackVerdict.REPLY:
        return True
    return feedback.verdict in _FOR_A_PERSON and whose.copy is None and not door.is_webhook


def _record_fact(
    context: Context, session: Session, row: InboundMessage, feedback: Feedback, whose: Whose
) -> Sequence[int]:
    """The outbox rows that it added."""
    copy, at = whose.copy, row.received_at
    if copy is None:
        facts.add_fact(session, row.id, at, feedback, NOBODYS)
        return ()
    is_known = facts.is_known(session, copy, feedback.verdict)
    facts.add_fact(session, row.id, at, feedback, whose)
    if key_of_subscriber(session, copy.subscriber_id) is None:
        facts.forget_what_was_said(session, copy.subscriber_id)
    elif not is_known:
        return act_on(context, session, copy, feedback, _moment(context, at), _source(row))
    return ()


def _source(row: InboundMessage) -> SuppressionSource:
    is_event = Door(row.door).is_webhook
    return SuppressionSource.PROVIDER if is_event else SuppressionSource.REPORT


def _moment(context: Context, received_at: datetime) -> datetime:
    """Never later than now, whatever the clock of another machine said."""
    return min(received_at, context.now())
