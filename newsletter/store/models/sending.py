"""Editions, the ledger of deliveries, batches that workers lease, the outbox, and pauses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.store.models.base import NEVER_REUSED, Base, Id


class Edition(Base):
    """The frozen, rendered issue, kept forever. An issue has at most one.

    `content` is what rendering needs to make a reader's copy: segments and slots.
    `html` and `text` are the public copy, without anything personal.
    """

    __tablename__ = "editions"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), unique=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"), index=True)
    number: Mapped[int]
    subject: Mapped[str]
    html: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    content: Mapped[dict[str, Any]]
    audience: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """Pairs of the Audience it was frozen for. Empty: every active subscriber."""
    active_at_freeze: Mapped[int]
    frozen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    canary_verdict: Mapped[str] = mapped_column(default="")
    """A CanaryVerdict of domain/sending/canaries.py, "" until there is one."""
    canary_judged_at: Mapped[datetime | None]
    held_copies_left_at: Mapped[datetime | None]
    """When an editor decided to leave the copies held until then as they are."""


class LastAttempt:
    """`reply_*` is the relay's last reply, `detail` our own explanation."""

    attempts: Mapped[int] = mapped_column(default=0)
    reply_stage: Mapped[str] = mapped_column(default="")
    reply_code: Mapped[int | None]
    reply_enhanced: Mapped[str] = mapped_column(default="")
    reply_text: Mapped[str] = mapped_column(Text, default="")
    queue_id: Mapped[str] = mapped_column(default="")
    detail: Mapped[str] = mapped_column(Text, default="")


class Delivery(LastAttempt, Base):
    """A line of the ledger, edition × subscriber. `state` is a DeliveryState.

    No index has `state`, and pages have free space, so a change of state writes only the row. Open
    deliveries are found by open batches and by `due_at`. Only `edition_id` is a foreign key: rows
    are always made from the rows that they name, and checking each id would cost more than the row.
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
    """The name of the relay used last; "" before the first attempt."""


class Batch(Base):
    """Deliveries under one lease. Closed when none is pending or handing over.

    First attempts are cut by key range, `low` and `high` inclusive; later ones have none.
    A held one is not woken until the canary's verdict, one that rests not before `not_before`.
    """

    __tablename__ = "batches"
    __table_args__ = (
        Index(None, "edition_id", "closed_at"),
        Index(None, "lease_owner"),
        NEVER_REUSED,
    )

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
    """A mail to one person, written before it is enqueued. `kind` is an OutboxKind.

    `payload` holds ids only: the mail is rendered, and its token made, when it is sent.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "state", "due_at"), Index(None, "subscriber_id"), NEVER_REUSED)

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
    """A recipient domain that blocks us gets no mail before `until`. `reason` is for people."""

    __tablename__ = "domain_pauses"

    domain: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    until: Mapped[datetime]
    times: Mapped[int]
    """Troubles in a row: the pause doubles each time."""
    reason: Mapped[str] = mapped_column(Text)


class LearnedPace(Base):
    """A relay that takes mail slowly gets `per_second` messages. `reason` is for people."""

    __tablename__ = "learned_paces"

    relay: Mapped[str] = mapped_column(primary_key=True)
    """host:port, without credentials."""
    per_second: Mapped[float]
    slowed_at: Mapped[datetime]
    heard_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)


class RelayPause(Base):
    """A relay in trouble gets no mail before `until`. `reason` is for people."""

    __tablename__ = "relay_pauses"

    relay: Mapped[str] = mapped_column(primary_key=True)
    """host:port, without credentials."""
    since: Mapped[datetime]
    until: Mapped[datetime]
    times: Mapped[int]
    """Troubles in a row: the pause doubles each time."""
    reason: Mapped[str] = mapped_column(Text)


class RelayPipelining(Base):
    """How a relay takes pipelining. Levels are words of domain/delivery/pipelining.py."""

    __tablename__ = "relay_pipelining"

    relay: Mapped[str] = mapped_column(primary_key=True)
    """host:port, without credentials."""
    proven: Mapped[str]
    learned_at: Mapped[datetime]
    refused: Mapped[str] = mapped_column(default="")
    """The lowest level that it did not take, "" if it took all that were tried."""
    refused_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    """For people."""
