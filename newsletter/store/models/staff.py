"""Editors, the history of events, and heartbeats of processes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.store.models.base import NEVER_REUSED, Base, Id

BY_PEOPLE = text("who_kind IN ('editor', 'command line', 'stranger')")
FAILED = text("action = 'user.sign_in_failed'")
HAS_ORIGIN = text("origin_address IS NOT NULL")
"""Of events. Conditions of indexes, which a query repeats word for word to use them."""


class User(Base):
    """An editor. `password_hash` is "" until a password is chosen.

    `sign_in_stamp` changes at each sign-in and with each new password, which voids earlier links.
    An administrator, since `administrator_since`, runs the server and may do everything.
    """

    __tablename__ = "users"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    address: Mapped[str]
    address_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str] = mapped_column(default="")
    sign_in_stamp: Mapped[str]
    created_at: Mapped[datetime]
    signed_in_at: Mapped[datetime | None]
    administrator_since: Mapped[datetime | None]


class NewsletterRole(Base):
    """What an editor may do in a newsletter: `role` is a Role. Without a row, nothing."""

    __tablename__ = "newsletter_roles"

    newsletter_id: Mapped[int] = mapped_column(
        ForeignKey("newsletters.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str]
    given_at: Mapped[datetime]
    given_by: Mapped[str]
    """By name, "" for roles that are older than roles."""


class UserSession(Base):
    """An editor's browser that is signed in. Its cookie has `key`; without the row it is worth
    nothing.
    """

    __tablename__ = "user_sessions"

    key: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """When it was last used, to five minutes."""
    confirmed_at: Mapped[datetime | None]
    """When who sits there last showed all of their factors: at the sign-in, or asked again."""
    origin_address: Mapped[str | None]
    origin_device: Mapped[str | None]
    """Where it was used last: an Origin."""


class Invitation(Base):
    """Of an address to a role in a newsletter. Open until it is accepted, withdrawn or over."""

    __tablename__ = "invitations"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    newsletter_id: Mapped[int] = mapped_column(
        ForeignKey("newsletters.id", ondelete="CASCADE"), index=True
    )
    address: Mapped[str]
    address_key: Mapped[str]
    role: Mapped[str]
    invited_by: Mapped[str]
    """The name that the mail says."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    stamp: Mapped[str]
    """In the link: sent again, it is another, and the link before is void."""


class Event(Base):
    """Who did what to what. `action` is an Action, `who_kind` a PrincipalKind.

    It is never changed, but for what has been done of a change that goes on in batches.
    `who_name` is the name at that time. domain/history.py makes sentences where events are shown.
    `origin_…` are an Origin, of what people do; the address is kept for a while only.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index(None, "subject_kind", "subject_id", "id"),
        Index("ix_events_people", "id", postgresql_where=BY_PEOPLE, sqlite_where=BY_PEOPLE),
        Index("ix_events_failed", "at", postgresql_where=FAILED, sqlite_where=FAILED),
        Index("ix_events_origin", "at", postgresql_where=HAS_ORIGIN, sqlite_where=HAS_ORIGIN),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]
    action: Mapped[str]
    who_kind: Mapped[str]
    who_id: Mapped[int | None] = mapped_column(Id)
    who_name: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[int] = mapped_column(Id)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    origin_address: Mapped[str | None]
    origin_device: Mapped[str | None]


class Heartbeat(Base):
    """When a kind of process last ran. `count` only grows, whatever happens to the clock."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    count: Mapped[int] = mapped_column(BigInteger, default=0)
