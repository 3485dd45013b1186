"""What a newsletter keeps for issues to come: templates of issues, and booked sponsors."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.store.models.base import NEVER_REUSED, Base, Id, Json


class IssueTemplate(Base):
    """`frame` is an issue without entries: domain/issues/issue_frames.py."""

    __tablename__ = "issue_templates"
    __table_args__ = (UniqueConstraint("newsletter_id", "name"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"))
    name: Mapped[str]
    frame: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    saved_at: Mapped[datetime]
    saved_by: Mapped[str] = mapped_column(default="")
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[str] = mapped_column(default="", server_default="")


class SponsorRow(Base):
    """See domain/newsletters/sponsors.py. Both days are in the newsletter's time zone."""

    __tablename__ = "sponsors"
    __table_args__ = (Index(None, "newsletter_id", "ends_on"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"))
    title: Mapped[str]
    url: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text, default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    after_sections: Mapped[int]
    booked_at: Mapped[datetime]
    booked_by: Mapped[str] = mapped_column(default="")
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[str] = mapped_column(default="", server_default="")
