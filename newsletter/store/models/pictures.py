"""The pictures of a newsletter's library. Their files are in the media store, under these names."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.store.models.base import NEVER_REUSED, Base, Id, Json


class LibraryPicture(Base):
    """`name` is the file that mails show; the same picture is in a library once."""

    __tablename__ = "pictures"
    __table_args__ = (
        UniqueConstraint("newsletter_id", "name"),
        Index(None, "name"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"))
    name: Mapped[str]
    webps: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """The names of the files for web pages, by their width in pixels."""
    width: Mapped[int]
    height: Mapped[int]
    size_bytes: Mapped[int]
    """Of all its files."""
    alt: Mapped[str] = mapped_column(Text, default="")
    file_name: Mapped[str] = mapped_column(Text, default="")
    """As it was uploaded, or the address that it was copied from. For the search."""
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(default="")
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[str] = mapped_column(default="", server_default="")
