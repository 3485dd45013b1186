"""What issues were: their versions, and drafts that were deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.store.models.base import NEVER_REUSED, Base, Id


class IssueVersion(Base):
    """An issue after a burst of saves by one person (domain/issues/versions.py).

    `issue_id` is no foreign key: a deleted draft can come back, and its versions with it.
    `number` is the issue's version, `action` an Action, `who_name` the name they had then.
    """

    __tablename__ = "issue_versions"
    __table_args__ = (Index(None, "issue_id", "id"), Index(None, "saved_at"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    issue_id: Mapped[int] = mapped_column(Id)
    number: Mapped[int]
    action: Mapped[str]
    who_kind: Mapped[str]
    who_id: Mapped[int | None] = mapped_column(Id)
    who_name: Mapped[str]
    started_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]


class DeletedDraft(Base):
    """A draft that can still be brought back. `row` has what its versions don't: leftovers and
    other keys of its digest.
    """

    __tablename__ = "deleted_drafts"
    __table_args__ = (Index(None, "newsletter_id", "deleted_at"),)

    issue_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"))
    title: Mapped[str]
    version: Mapped[int]
    content: Mapped[dict[str, Any]]
    row: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime]
    deleted_by: Mapped[str]
