"""A window of a batch: one statement claims it, one records its outcomes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Text, and_, bindparam, cast, exists, func, select, text
from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.models import Base, Batch, Delivery, Edition, Issue, Subscriber, Subscription
from newsletter.store.models.base import UtcDateTime
from newsletter.store.sending.ledger import AttemptRecord, Claimed, require_legal

# Tables rather than classes: none of this is kept in a session.
_deliveries = Base.metadata.tables[Delivery.__tablename__]
_subscribers = Base.metadata.tables[Subscriber.__tablename__]
_subscriptions = Base.metadata.tables[Subscription.__tablename__]


def lock_batch(session: Session, batch_id: int) -> tuple[str | None, str]:
    """(lease owner of the batch, state of its issue).

    Locks the batch, so that its lease can't be taken over before the commit.
    """
    row = session.connection().execute(_LOCK_BATCH, {"batch": batch_id}).one()
    return row.lease_owner, row.state


def claim_window(  # noqa: PLR0913, PLR0917  the facts of one window
    session: Session, edition_id: int, batch_id: int, relay: str, now: datetime, limit: int
) -> list[Claimed]:
    """Claims up to `limit` pending deliveries: they become `handing over` to `relay`.

    The statement that claims also checks that the reader is active. The copies of readers who left
    become withdrawn or suppressed.
    """
    if limit < 1:
        return []
    values = {"batch": batch_id, "relay": relay, "now": now}
    taken = _take(session, values, limit)
    if len(taken) < limit and _set_aside_gone(session, batch_id, now):
        taken += _take(session, values, limit - len(taken))
    if not taken:
        return []
    return _with_readers(session, edition_id, batch_id, {row.subscriber_id: row for row in taken})


def readers_who_left(session: Session, batch_id: int) -> set[int]:
    """Subscriber ids of copies that are being handed over to readers who are no longer active."""
    return set(session.connection().execute(_GONE, {"batch": batch_id}).scalars())


def record_window(
    session: Session,
    edition_id: int,
    batch_id: int,
    records: Sequence[tuple[int, AttemptRecord]],
    now: datetime,
) -> None:
    """Records outcomes, as pairs of subscriber id and record.

    Skips deliveries that are no longer handing over in this batch.
    """
    if not records:
        return
    for state in {record.state for _, record in records}:
        require_legal(DeliveryState.HANDING_OVER, state)
    shared = {"now": now, "edition": edition_id, "batch": batch_id}
    lines = [_line(subscriber_id, record) for subscriber_id, record in records]
    if session.get_bind().dialect.name == "sqlite":
        session.connection().execute(_RECORD_EACH, [{**shared, **line} for line in lines])
        return
    ids = [subscriber_id for subscriber_id, _ in records]
    values = {"now": now, "batch": batch_id, "low": min(ids), "high": max(ids)}
    together = json.dumps(lines, ensure_ascii=False, default=datetime.isoformat)
    session.connection().execute(_RECORD_TOGETHER, {**values, "lines": together})


# Built once: building a statement takes longer than running it. Each leaves the database only one
# plan: while an issue goes out, there are no statistics of its deliveries, and the planner would
# read the whole ledger or all subscriptions for each window.
_LOCK_BATCH = (
    select(Batch.lease_owner, Issue.state)
    .join(Edition, Edition.id == Batch.edition_id)
    .join(Issue, Issue.id == Edition.issue_id)
    .where(Batch.id == bindparam("batch"))
    .with_for_update(of=Batch)
)
_pending = and_(
    _deliveries.c.batch_id == bindparam("batch"), _deliveries.c.state == DeliveryState.PENDING
)
_first = (
    select(_deliveries.c.subscriber_id)
    .where(_pending)
    .order_by(_deliveries.c.subscriber_id)
    .limit(bindparam("most"))
    .subquery()
)
# A lookup for each delivery, not a join.
_consent = (
    select(_subscriptions.c.state)
    .where(_subscriptions.c.id == _deliveries.c.subscription_id)
    .correlate(_deliveries)
    .scalar_subquery()
)
# A range up to the last of the first ones, not a list of them.
_TAKE = (
    _deliveries.update()
    .where(
        _pending,
        _deliveries.c.subscriber_id <= select(func.max(_first.c.subscriber_id)).scalar_subquery(),
        _consent == SubscriptionState.ACTIVE,
    )
    .values(
        state=DeliveryState.HANDING_OVER,
        state_at=bindparam("now"),
        due_at=None,
        relay=bindparam("relay"),
    )
    .returning(_deliveries.c.subscriber_id, _deliveries.c.subscription_id, _deliveries.c.attempts)
)
_GONE = select(_deliveries.c.subscriber_id).where(
    _deliveries.c.batch_id == bindparam("batch"),
    _deliveries.c.state == DeliveryState.HANDING_OVER,
    _consent != SubscriptionState.ACTIVE,
)
_LEFT = select(exists().where(_pending))
_READERS = (
    select(
        _subscribers.c.id,
        _subscribers.c.address,
        _subscriptions.c.name,
        # As text: most readers have no attributes, so parsing is rarely needed.
        cast(_subscriptions.c.attributes, Text).label("attributes"),
    )
    .join_from(_deliveries, _subscribers, _subscribers.c.id == _deliveries.c.subscriber_id)
    .join(_subscriptions, _subscriptions.c.id == _deliveries.c.subscription_id)
    .where(
        _deliveries.c.edition_id == bindparam("edition"),
        _deliveries.c.subscriber_id.between(bindparam("low"), bindparam("high")),
        _deliveries.c.batch_id == bindparam("batch"),
        _deliveries.c.state == DeliveryState.HANDING_OVER,
    )
    .order_by(_deliveries.c.subscriber_id)
)
_NO_ATTRIBUTES = (None, "{}", "null")
_NOW = bindparam("now", type_=UtcDateTime())
# SQLite has no round trips: one update by key after another is faster than a join.
_RECORD_EACH = text(
    """
    UPDATE deliveries SET
        state = :state, state_at = :now, attempts = attempts + :tries, due_at = :due_at,
        reply_stage = :stage, reply_code = :code, reply_enhanced = :enhanced,
        reply_text = :text, queue_id = :queue, detail = :detail
    WHERE edition_id = :edition AND subscriber_id = :id
        AND batch_id = :batch AND state = 'handing over'
    """
).bindparams(_NOW, bindparam("due_at", type_=UtcDateTime()))
# The range limits what any plan reads. While an issue goes out, the planner has no statistics of
# its deliveries, and without the range it reads all of them for each window.
_RECORD_TOGETHER = text(
    """
    UPDATE deliveries SET
        state = v.state, state_at = :now, attempts = attempts + v.tries, due_at = v.due_at,
        reply_stage = v.stage, reply_code = v.code, reply_enhanced = v.enhanced,
        reply_text = v.text, queue_id = v.queue, detail = v.detail
    FROM json_to_recordset(CAST(:lines AS json)) AS v(
        id bigint, state text, tries int, due_at timestamptz, stage text, code int,
        enhanced text, text text, queue text, detail text)
    WHERE batch_id = :batch AND subscriber_id BETWEEN :low AND :high
        AND subscriber_id = v.id AND deliveries.state = 'handing over'
    """
).bindparams(_NOW)


def _line(subscriber_id: int, record: AttemptRecord) -> dict[str, Any]:
    reply = record.reply
    return {
        "id": subscriber_id,
        "state": record.state,
        "tries": 1 if record.is_attempt else 0,
        "due_at": record.due_at,
        "stage": record.stage or "",
        "code": reply.code if reply else None,
        "enhanced": reply.enhanced if reply else "",
        "text": reply.text if reply else "",
        "queue": record.queue_id,
        "detail": record.detail,
    }


def _take(session: Session, values: dict[str, Any], limit: int) -> list[Any]:
    require_legal(DeliveryState.PENDING, DeliveryState.HANDING_OVER)
    return list(session.connection().execute(_TAKE, {**values, "most": limit}).all())


def _set_aside_gone(session: Session, batch_id: int, now: datetime) -> int:
    if not session.connection().execute(_LEFT, {"batch": batch_id}).scalar():
        return 0
    changed = 0
    for after, condition in (
        (DeliveryState.SUPPRESSED, _consent == SubscriptionState.SUPPRESSED),
        (DeliveryState.WITHDRAWN, _consent != SubscriptionState.ACTIVE),
    ):
        require_legal(DeliveryState.PENDING, after)
        result: Any = session.connection().execute(
            _deliveries.update()
            .where(
                _deliveries.c.batch_id == batch_id,
                _deliveries.c.state == DeliveryState.PENDING,
                condition,
            )
            .values(state=after, state_at=now)
        )
        changed += result.rowcount
    return changed


def _with_readers(
    session: Session, edition_id: int, batch_id: int, taken: dict[int, Any]
) -> list[Claimed]:
    """A range finds the window: nothing else in the batch is handing over."""
    values = {"edition": edition_id, "batch": batch_id, "low": min(taken), "high": max(taken)}
    rows = session.connection().execute(_READERS, values).all()
    return [
        Claimed(
            edition_id=edition_id,
            subscriber_id=row.id,
            subscription_id=taken[row.id].subscription_id,
            attempts=taken[row.id].attempts,
            address=row.address or "",
            name=row.name,
            attributes=json.loads(row.attributes) if row.attributes not in _NO_ATTRIBUTES else {},
        )
        for row in rows
        if row.id in taken  # always, unless the ledger contradicts itself
    ]
