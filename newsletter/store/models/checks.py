"""What the checks of issues store: how links answered, what a spam filter said."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.store.models.base import Base


class LinkCheck(Base):
    """The last answer of a link. `outcome` is an LinkResult of domain/checks/link_answers.py."""

    __tablename__ = "link_checks"

    url_hash: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 in hex, because URLs can be too long for an index."""
    url: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str]
    checked_at: Mapped[datetime]
    status: Mapped[int | None]
    final_url: Mapped[str] = mapped_column(Text, default="")
    is_permanent: Mapped[bool] = mapped_column(default=False)
    content_type: Mapped[str] = mapped_column(default="")
    length: Mapped[int | None] = mapped_column(BigInteger)
    detail: Mapped[str] = mapped_column(Text, default="")


class SpamOpinion(Base):
    """A spam filter's opinion about one version of an issue. `acts_from` is a score."""

    __tablename__ = "spam_opinions"

    issue_id: Mapped[int] = mapped_column(
        ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int]
    asked_at: Mapped[datetime]
    filter: Mapped[str]
    score: Mapped[float]
    acts_from: Mapped[float]
    is_spam: Mapped[bool]
    is_doubtful: Mapped[bool]
    symbols: Mapped[list[str]]
