"""What is kept about the installation itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from newsletter.store.models.base import Base


class ExaminationRow(Base):
    """The doctor's last one of a newsletter's sender; of the installation if `slug` is ""."""

    __tablename__ = "examinations"

    slug: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    diagnoses: Mapped[list[dict[str, Any]]]
    told: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    """Errors that administrators know of by email: `check`, and what it is `about`."""
