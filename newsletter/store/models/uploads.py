"""Uploaded files that wait for the editor's confirmation. Any web process can read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.store.models.base import NEVER_REUSED, Base, Id


class Upload(Base):
    """A file that was checked and waits to be imported. Kept for a day.

    `purpose` is a Purpose of store/uploads.py. Of a list of subscribers, `consent` says how they
    agreed, and `choices` how the editor wants it to be read, as ListChoices has it.
    """

    __tablename__ = "uploads"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"))
    purpose: Mapped[str] = mapped_column(default="subscribers", server_default="subscribers")
    file_name: Mapped[str]
    consent: Mapped[str]
    actor: Mapped[str]
    created_at: Mapped[datetime]
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)


class UploadPart(Base):
    """A part of the file, so that no process has to hold it as a whole."""

    __tablename__ = "upload_parts"

    upload_id: Mapped[int] = mapped_column(ForeignKey("uploads.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes]
