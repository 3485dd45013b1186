"""What comes back: messages as they came in, and what each says of a copy that was accepted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.store.models.base import NEVER_REUSED, Base, Id

_IS_NEW = text("state = 'new'")


class InboundMessage(Base):
    """A mail or a webhook's event, stored before it is judged. `state` is an InboundState.

    `content` is null once it is too old to keep.
    """

    __tablename__ = "inbound_messages"
    __table_args__ = (
        Index("ix_inbound_messages_new", "id", postgresql_where=_IS_NEW, sqlite_where=_IS_NEW),
        Index(None, "received_at"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    door: Mapped[str]
    """A Door."""
    received_at: Mapped[datetime]
    sender: Mapped[str] = mapped_column(Text, default="")
    """Of the envelope, "" for the null sender or where the door knows none."""
    recipients: Mapped[list[str]] = mapped_column(default=list)
    size_bytes: Mapped[int]
    content: Mapped[bytes | None]
    content_key: Mapped[str] = mapped_column(unique=True)
    """The same report twice is one row."""
    state: Mapped[str]
    state_at: Mapped[datetime]
    classifier: Mapped[int | None]
    """The version of the rules that judged it last."""
    attempts: Mapped[int] = mapped_column(default=0)
    detail: Mapped[str] = mapped_column(Text, default="")
    """Why it could not be judged."""


class FeedbackRow(Base):
    """What a message says of one recipient: a later fact. The delivery keeps its acceptance.

    Whose copy it was is null where nothing proves it. Several messages may say the same of a
    copy: count the copies, not the rows. Rows outlive their message.
    """

    __tablename__ = "feedback"
    __table_args__ = (
        Index(None, "inbound_id"),
        Index(None, "edition_id", "verdict", "subscriber_id"),
        Index(None, "edition_id", "verdict", "at"),
        Index(None, "subscriber_id", "edition_id"),
        Index(None, "newsletter_id", "id"),
        Index(None, "newsletter_id", "verdict", "subscriber_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    inbound_id: Mapped[int | None] = mapped_column(
        ForeignKey("inbound_messages.id", ondelete="SET NULL")
    )
    at: Mapped[datetime]
    newsletter_id: Mapped[int | None] = mapped_column(ForeignKey("newsletters.id"))
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("editions.id"))
    outbox_id: Mapped[int | None] = mapped_column(Id)
    subscriber_id: Mapped[int | None] = mapped_column(Id)
    proof: Mapped[str] = mapped_column(default="")
    """A Proof: what says whose copy it was."""
    recipient: Mapped[str] = mapped_column(Text, default="")
    """As the message names it, which may be an address that the reader forwards to."""
    verdict: Mapped[str]
    """A FeedbackVerdict."""
    status: Mapped[str] = mapped_column(default="")
    reply: Mapped[str] = mapped_column(default="")
    diagnostic: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    rule: Mapped[str] = mapped_column(default="")


class Doubt(Base):
    """So many copies of an edition came back as dead addresses that one server may be broken."""

    __tablename__ = "doubts"
    __table_args__ = (UniqueConstraint("edition_id", "domain"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"))
    domain: Mapped[str] = mapped_column(default="")
    """The recipient domain that they are of, "" for several."""
    since: Mapped[datetime]
    dead: Mapped[int]
    taken: Mapped[int]
    """Copies, when it began."""
    words: Mapped[str] = mapped_column(Text)
    decision: Mapped[str] = mapped_column(default="")
    """A Decision."""
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(default="")
