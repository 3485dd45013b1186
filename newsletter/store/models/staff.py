"""Editors, what they did, and the processes that were seen alive."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.store.models.base import Base, Id


class User(Base):
    """Someone who signs in. `sign_in_stamp` is drawn anew at each sign-in and each new password,

    which voids every sign-in link made before. `password_hash` is "" until one is chosen.
    """

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    address: Mapped[str]
    address_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str] = mapped_column(default="")
    sign_in_stamp: Mapped[str]
    session_stamp: Mapped[str]
    """Drawn anew with a new password: signs out everywhere."""
    created_at: Mapped[datetime]
    signed_in_at: Mapped[datetime | None]


class Event(Base):
    """Who did what to what; never changed. `action` is an Action, `who_kind` a PrincipalKind.

    The name is the one they had then. Words are made where it is shown: domain/history.py.
    """

    __tablename__ = "events"
    __table_args__ = (Index(None, "subject_kind", "subject_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]
    action: Mapped[str]
    who_kind: Mapped[str]
    who_id: Mapped[int | None] = mapped_column(Id)
    who_name: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[int] = mapped_column(Id)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Heartbeat(Base):
    """When a kind of process was last seen."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
