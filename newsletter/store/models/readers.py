"""Subscribers, subscriptions, evidence of consent, and suppressed addresses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from newsletter.store.models.base import DERIVED, DERIVED_LATER, NEVER_REUSED, Base, Id


class Subscriber(Base):
    """One address; null once the subscriber is erased."""

    __tablename__ = "subscribers"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    address: Mapped[str | None]
    address_key: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class Subscription(Base):
    """Subscriber × newsletter. `state` is a SubscriptionState, `state_how` its origin.

    What a newsletter knows of a person is here, so that no other one sees it.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("newsletter_id", "subscriber_id"),
        Index(None, "newsletter_id", "state", "subscriber_id"),
        Index(None, "newsletter_id", "created_at", "subscriber_id"),
        Index(None, "subscriber_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"))
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id"))
    state: Mapped[str]
    state_at: Mapped[datetime]
    state_how: Mapped[str] = mapped_column(default="")
    tags: Mapped[list[str]] = mapped_column(default=list)
    confirmation_sent_on: Mapped[date | None]
    """The UTC day of the last confirmation mail: there is at most one a day."""
    created_at: Mapped[datetime]
    """When they joined, here or where they come from: the time of the oldest evidence."""
    name: Mapped[str] = mapped_column(default="")
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)

    subscriber: Mapped[Subscriber] = relationship(lazy="raise")


class SubscriptionTag(Base):
    """An index of Subscription.tags, which triggers keep: nothing else writes to it.

    `tag` is in lower case, and cut where no condition reaches.
    """

    __tablename__ = "subscription_tags"
    __table_args__ = DERIVED

    newsletter_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    tag: Mapped[str] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)


class SubscriptionAttribute(Base):
    """The same of Subscription.attributes. A `value` is as it is written in JSON."""

    __tablename__ = "subscription_attributes"
    __table_args__ = DERIVED

    newsletter_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)


class LastMailed(Base):
    """When a subscriber last got an issue of a newsletter, NEVER_MAILED before the first.

    Triggers keep a row for each subscription, with its state. `at` is noted once an issue has
    ended, see store/sending/last_mailed.py.
    """

    __tablename__ = "last_mailed"
    __table_args__ = (Index(None, "newsletter_id", "state", "at", "subscriber_id"), DERIVED)

    newsletter_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    subscriber_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    state: Mapped[str]
    at: Mapped[datetime]


class MailedEdition(Base):
    """An edition whose ledger is in LastMailed, as it was then."""

    __tablename__ = "mailed_editions"
    __table_args__ = DERIVED_LATER

    edition_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    noted_at: Mapped[datetime]


class Consent(Base):
    """One piece of evidence. Rows are only added, never changed. `kind` is a ConsentKind."""

    __tablename__ = "consents"
    __table_args__ = (
        Index(None, "subscription_id", "id"),
        Index(None, "kind", "subscription_id"),
        Index(None, "at"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"))
    kind: Mapped[str]
    at: Mapped[datetime]
    how: Mapped[str] = mapped_column(default="")
    actor: Mapped[str] = mapped_column(default="")
    form_url: Mapped[str] = mapped_column(default="")
    wording_hash: Mapped[str] = mapped_column(default="")
    wording_version: Mapped[str] = mapped_column(default="")
    client_address: Mapped[str | None]
    message_id: Mapped[str] = mapped_column(default="")


class SavedFilter(Base):
    """A filter of the list of subscribers under a name: an Audience as pairs, and its columns."""

    __tablename__ = "saved_filters"
    __table_args__ = (UniqueConstraint("newsletter_id", "name"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"))
    name: Mapped[str]
    conditions: Mapped[list[Any]] = mapped_column(default=list)
    columns: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(default="")


class SubscriberNote(Base):
    """What an editor wrote down about a subscriber of a newsletter. Erased with the person."""

    __tablename__ = "subscriber_notes"
    __table_args__ = (Index(None, "subscriber_id", "newsletter_id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"))
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id"))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(default="")


class InboxAllowance(Base):
    """How many confirmations an inbox was sent on `day`, under a keyed hash of its address."""

    __tablename__ = "inbox_allowances"

    inbox_hash: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date]
    used: Mapped[int]


class Suppression(Base):
    """An address that is never mailed again, stored as a keyed hash only."""

    __tablename__ = "suppressions"
    __table_args__ = (
        Index(
            "uq_suppressions_for_all",
            "address_hash",
            unique=True,
            postgresql_where=text("newsletter_id IS NULL"),
            sqlite_where=text("newsletter_id IS NULL"),
        ),
        Index("uq_suppressions_for_one", "address_hash", "newsletter_id", unique=True),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    address_hash: Mapped[str]
    newsletter_id: Mapped[int | None] = mapped_column(ForeignKey("newsletters.id"))
    """Null: no newsletter mails it."""
    subscriber_id: Mapped[int | None] = mapped_column(Id)
    """Whose address it is. Null once they are erased, and where nobody here has the address."""
    is_former: Mapped[bool] = mapped_column(default=False)
    """The hash is of the key as it was before migration 0009, see HashedAddress."""
    reason: Mapped[str]
    """A SuppressionReason."""
    source: Mapped[str]
    """A SuppressionSource."""
    detail: Mapped[str] = mapped_column(default="")
    actor: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
