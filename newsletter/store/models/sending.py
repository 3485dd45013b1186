"""What was sent: editions, the ledger of deliveries, the batches that workers lease, the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.store.models.base import Base, Id


class Edition(Base):
    """The frozen, rendered issue, kept for ever; an issue has one at most.

    `content` is what rendering needs to make a reader's copy: segments and slots.
    `html` and `text` are the public copy, without anything personal.
    """

    __tablename__ = "editions"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), unique=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"), index=True)
    number: Mapped[int]
    subject: Mapped[str]
    html: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    content: Mapped[dict[str, Any]]
    active_at_freeze: Mapped[int]
    frozen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    canary_verdict: Mapped[str] = mapped_column(default="")
    """A CanaryVerdict of domain/canaries.py, "" until there is one."""
    canary_judged_at: Mapped[datetime | None]
    held_copies_left_at: Mapped[datetime | None]
    """When an editor left the copies that were held until then as they are."""


class LastAttempt:
    """`reply_*` is the last thing that the relay said; `detail` our own words beside it."""

    attempts: Mapped[int] = mapped_column(default=0)
    reply_stage: Mapped[str] = mapped_column(default="")
    reply_code: Mapped[int | None]
    reply_enhanced: Mapped[str] = mapped_column(default="")
    reply_text: Mapped[str] = mapped_column(Text, default="")
    queue_id: Mapped[str] = mapped_column(default="")
    detail: Mapped[str] = mapped_column(Text, default="")


class Delivery(LastAttempt, Base):
    """A line of the ledger, edition × subscriber. `state` is a DeliveryState.

    No index holds `state`, and rows leave room on their page: a change of state then writes the
    row alone. What is open is found by the open batches and by `due_at`. Ids other than the
    edition's are no foreign keys: lines are only ever made from the rows that they name, and a
    check of each would cost more than the line.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(None, "batch_id", "subscriber_id"),
        Index(
            None,
            "edition_id",
            "due_at",
            postgresql_where=text("due_at IS NOT NULL"),
            sqlite_where=text("due_at IS NOT NULL"),
        ),
        Index(None, "subscriber_id", "edition_id"),
    )

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(Id, primary_key=True)
    subscription_id: Mapped[int] = mapped_column(Id)
    batch_id: Mapped[int | None] = mapped_column(Id)
    state: Mapped[str]
    state_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    relay: Mapped[str] = mapped_column(default="")
    """The name of the relay that was asked last; "" before the first attempt."""


class Batch(Base):
    """Deliveries under one lease. Closed when none of them is pending or handing over.

    First attempts are cut by key range, `low` and `high` inclusive; later ones have none.
    A held one is not woken until the canary's verdict, one that rests not before `not_before`.
    """

    __tablename__ = "batches"
    __table_args__ = (Index(None, "edition_id", "closed_at"), Index(None, "lease_owner"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"))
    low_subscriber_id: Mapped[int | None] = mapped_column(Id)
    high_subscriber_id: Mapped[int | None] = mapped_column(Id)
    created_at: Mapped[datetime]
    enqueued_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    is_canary: Mapped[bool] = mapped_column(default=False)
    held_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]


class OutboxMessage(LastAttempt, Base):
    """A mail to one person, a row before it is queued. `kind` is an OutboxKind.

    `payload` holds ids only: the mail is rendered, and its token made, when it is sent.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "state", "due_at"), Index(None, "subscriber_id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    newsletter_id: Mapped[int | None] = mapped_column(ForeignKey("newsletters.id"))
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscribers.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str]
    state_at: Mapped[datetime]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    enqueued_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]


class DomainPause(Base):
    """A recipient domain that blocks us is left alone until then; the reason is for people."""

    __tablename__ = "domain_pauses"

    domain: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    until: Mapped[datetime]
    times: Mapped[int]
    """How often in a row: the pause doubles each time."""
    reason: Mapped[str] = mapped_column(Text)


class RelayPause(Base):
    """Trouble with a relay: until when it is left alone, and what people should know."""

    __tablename__ = "relay_pauses"

    relay: Mapped[str] = mapped_column(primary_key=True)
    """host:port, without credentials."""
    since: Mapped[datetime]
    until: Mapped[datetime]
    times: Mapped[int]
    """How often in a row: the pause doubles each time."""
    reason: Mapped[str] = mapped_column(Text)
