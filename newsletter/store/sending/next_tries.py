"""Copies that wait for another try, by recipient domain: how many, until when, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.delivery.smtp_replies import Reply
from newsletter.store.clicks.edition_domains import domain_of_address
from newsletter.store.models import Delivery, Subscriber

DOMAINS_SHOWN = 10
_MOST_COUNTED = 5_000
"""Of more copies, about this many are looked at."""


@dataclass(frozen=True, slots=True)
class NextTry:
    """`said` is what the other side, or we, said of one of the `copies`; `at` is the first try."""

    domain: str
    copies: int
    at: datetime
    said: str

    def not_before(self, paused_until: datetime | None) -> NextTry:
        """A relay or a domain that is left alone is not tried earlier."""
        return replace(self, at=max(self.at, paused_until)) if paused_until else self


def next_tries(session: Session, edition_id: int, deferred: int) -> list[NextTry]:
    """Of the domains with most of the `deferred` copies; estimated where these are many."""
    one_in = max(1, deferred // _MOST_COUNTED)
    rows = session.execute(
        select(
            domain_of_address(session, Subscriber.address).label("domain"),
            func.count().label("copies"),
            func.min(Delivery.due_at).label("at"),
            func.max(Delivery.subscriber_id).label("one_of_them"),
        )
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(
            Delivery.edition_id == edition_id,
            Delivery.due_at.is_not(None),
            Delivery.state == DeliveryState.DEFERRED,
            *([Delivery.subscriber_id % one_in == 0] if one_in > 1 else []),
        )
        .group_by("domain")
        .order_by(func.count().desc(), "domain")
        .limit(DOMAINS_SHOWN)
    ).all()
    said = _said(session, edition_id, [row.one_of_them for row in rows])
    return [
        NextTry(row.domain or "", row.copies * one_in, row.at, said[row.one_of_them])
        for row in rows
    ]


def reply_of(delivery: Delivery) -> str:
    """What the relay said last, "" where it said nothing."""
    if delivery.reply_code is None:
        return ""
    return str(Reply(delivery.reply_code, delivery.reply_text, delivery.reply_enhanced))


def words_of(delivery: Delivery) -> str:
    """What the relay said last, or what we say where it said nothing."""
    return f"{reply_of(delivery)} {delivery.detail}".strip()


def _said(session: Session, edition_id: int, subscriber_ids: list[int]) -> Mapping[Any, str]:
    copies = select(Delivery).where(
        Delivery.edition_id == edition_id, Delivery.subscriber_id.in_(subscriber_ids)
    )
    return {copy.subscriber_id: words_of(copy) for copy in session.scalars(copies)}
