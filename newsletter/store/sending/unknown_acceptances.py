"""Copies that a relay took after the backup was made from which the database was restored."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.delivery.outcomes import Accepted
from newsletter.store.models import Delivery
from newsletter.store.sending import kept_figures, last_mailed
from newsletter.store.sending.ledger import AttemptRecord, require_legal
from newsletter.store.sending.windows import record_window

WAITING = (DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
_AT_ONCE = 1000

Line = tuple[int, int, int]
"""(edition id, subscriber id, attempts before this one)."""


def record(
    session: Session,
    edition_id: int,
    accepted: Mapping[Line, Accepted],
    now: datetime,
    states: Collection[DeliveryState] = WAITING,
) -> int:
    """Marks copies in one of `states` as accepted whose next attempt this was. Returns how many."""
    lines = sorted(accepted)
    found = [
        (batch_id, line)
        for start in range(0, len(lines), _AT_ONCE)
        for batch_id, line in _waiting(session, edition_id, lines[start : start + _AT_ONCE], states)
    ]
    for batch_id in {batch_id for batch_id, _ in found}:
        records = [(line[1], _record(accepted[line])) for batch, line in found if batch == batch_id]
        _claim(session, edition_id, [subscriber_id for subscriber_id, _ in records], now)
        record_window(session, edition_id, batch_id, records, now)
    if found:
        last_mailed.note_again(session, edition_id)
        kept_figures.count_again(session, edition_id)
    return len(found)


def _waiting(
    session: Session, edition_id: int, lines: list[Line], states: Collection[DeliveryState]
) -> list[tuple[int, Line]]:
    """With their batches. A copy that was tried again since has more attempts."""
    rows = session.execute(
        select(Delivery.batch_id, Delivery.subscriber_id, Delivery.attempts).where(
            Delivery.edition_id == edition_id,
            Delivery.subscriber_id.in_([subscriber_id for _, subscriber_id, _ in lines]),
            Delivery.state.in_(states),
        )
    )
    before = {row.subscriber_id: (row.batch_id, row.attempts) for row in rows}
    return [
        (before[line[1]][0], line)
        for line in lines
        if line[1] in before and before[line[1]][1] <= line[2]
    ]


def _claim(session: Session, edition_id: int, subscriber_ids: list[int], now: datetime) -> None:
    """As they were when the relay took them: each was made pending, then claimed."""
    for before in WAITING[1:]:
        require_legal(before, DeliveryState.PENDING)
    require_legal(DeliveryState.PENDING, DeliveryState.HANDING_OVER)
    session.execute(
        update(Delivery)
        .where(Delivery.edition_id == edition_id, Delivery.subscriber_id.in_(subscriber_ids))
        .values(state=DeliveryState.HANDING_OVER, state_at=now, due_at=None)
    )


def _record(outcome: Accepted) -> AttemptRecord:
    return AttemptRecord(DeliveryState.ACCEPTED, reply=outcome.reply, queue_id=outcome.queue_id)
