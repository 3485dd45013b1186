"""The report of an issue: what became of every reader's copy, and whether it adds up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.deliveries import DeliveryState
from newsletter.domain.smtp_replies import Reply
from newsletter.store import ledger, relay_pauses
from newsletter.store.editions import edition_of, issue_with_content
from newsletter.store.models import Delivery, Subscriber
from newsletter.usecases.context import Context

FAILURES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Failure:
    """`address` is "" when the reader was erased since; `reply` is the relay's, or our words."""

    address: str
    reply: str


@dataclass(frozen=True, slots=True)
class IssueReport:
    """Counts of deliveries by state; `active_at_freeze` is what they must add up to."""

    issue_id: int
    number: int | None
    title: str
    state: str
    state_reason: str
    scheduled_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    active_at_freeze: int
    pending: int
    handing_over: int
    deferred: int
    accepted: int
    failed: int
    uncertain: int
    withdrawn: int
    suppressed: int
    expired: int
    cancelled: int
    relay_trouble: str
    failures: tuple[Failure, ...]

    @property
    def open(self) -> int:
        return self.pending + self.handing_over + self.deferred

    @property
    def closed(self) -> int:
        ended = self.accepted + self.failed + self.uncertain + self.withdrawn
        return ended + self.suppressed + self.expired + self.cancelled

    @property
    def adds_up(self) -> bool:
        return self.active_at_freeze == self.open + self.closed

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"adds_up": self.adds_up}


def report_issue(context: Context, issue_id: int) -> IssueReport:
    """Raises NotFound."""
    with context.database.read() as session:
        issue = issue_with_content(session, issue_id)
        edition = edition_of(session, issue_id)
        counts = ledger.count_by_state(session, edition.id) if edition else {}
        trouble = relay_pauses.any_pause(session)
        return IssueReport(
            issue_id=issue.id,
            number=issue.number,
            title=issue.title,
            state=issue.state,
            state_reason=issue.state_reason,
            scheduled_at=issue.scheduled_at,
            started_at=edition.frozen_at if edition else None,
            finished_at=issue.sent_at,
            active_at_freeze=edition.active_at_freeze if edition else 0,
            **{_name(state): counts.get(state, 0) for state in DeliveryState},
            relay_trouble=trouble.reason if trouble else "",
            failures=_failures(session, edition.id) if edition else (),
        )


def _name(state: DeliveryState) -> str:
    return state.value.replace(" ", "_")


def _failures(session: Session, edition_id: int) -> tuple[Failure, ...]:
    rows = session.execute(
        select(Subscriber.address, Delivery)
        .select_from(Delivery)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(
            Delivery.edition_id == edition_id,
            Delivery.state.in_((DeliveryState.FAILED, DeliveryState.EXPIRED)),
        )
        .order_by(Delivery.subscriber_id)
        .limit(FAILURES_SHOWN)
    )
    return tuple(Failure(address or "", words_of(delivery)) for address, delivery in rows)


def words_of(delivery: Delivery) -> str:
    """What the relay said last, or what we say where it said nothing."""
    if delivery.reply_code is None:
        return delivery.detail
    reply = Reply(delivery.reply_code, delivery.reply_text, delivery.reply_enhanced)
    return f"{reply} {delivery.detail}".strip()
