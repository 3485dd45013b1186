"""The links of editions, clicks on them, and figures that are kept so that no page counts rows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.store.models.base import Base, Id


class EditionLink(Base):
    """See EditionLink in domain/clicks/counted_links.py.

    Written when the edition is frozen, never changed.
    """

    __tablename__ = "edition_links"

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    url: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    section: Mapped[str] = mapped_column(Text)
    position: Mapped[int]


class Click(Base):
    """One request for a link. `sign` is what it showed by itself, `verdict` is None until judged.

    Without a subscriber it is deleted soon after it was judged and counted; with one, after a time
    that is set. The id is drawn when the request is made, so that no click is stored twice.
    `client` is a keyed hash of the client's address, for minutes.
    """

    __tablename__ = "clicks"
    __table_args__ = (
        Index(
            "ix_clicks_unjudged",
            "at",
            postgresql_where=text("verdict IS NULL"),
            sqlite_where=text("verdict IS NULL"),
        ),
        Index(
            "ix_clicks_client",
            "at",
            postgresql_where=text("client IS NOT NULL"),
            sqlite_where=text("client IS NOT NULL"),
        ),
        Index(None, "edition_id", "at"),
        Index(None, "subscriber_id", "at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    edition_id: Mapped[int] = mapped_column(Id)
    number: Mapped[int]
    subscriber_id: Mapped[int | None] = mapped_column(Id)
    at: Mapped[datetime]
    client: Mapped[int | None] = mapped_column(Id)
    sign: Mapped[str] = mapped_column(default="")
    verdict: Mapped[str | None]


class ClickCount(Base):
    """How many clicks on a link of an edition got a verdict, those of erased readers included."""

    __tablename__ = "click_counts"

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    verdict: Mapped[str] = mapped_column(primary_key=True)
    clicks: Mapped[int]


class ClickReaders(Base):
    """How many known readers clicked on a link of an edition, or on any, whose number is 0.

    Counted with each verdict. Those whose clicks were forgotten meanwhile stay counted.
    """

    __tablename__ = "click_readers"

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    readers: Mapped[int]


class ReaderDay(Base):
    """How many pieces of evidence of a kind a newsletter got on a UTC day that is over.

    `kind` is a ConsentKind, `how` where it came from, in one word.
    """

    __tablename__ = "reader_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    how: Mapped[str] = mapped_column(primary_key=True)
    readers: Mapped[int]


class EditionDomain(Base):
    """How the copies to one recipient domain ended, counted once when the issue has ended."""

    __tablename__ = "edition_domains"

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    domain: Mapped[str] = mapped_column(primary_key=True)
    copies: Mapped[int]
    accepted: Mapped[int]
    failed: Mapped[int]


class EditionFigures(Base):
    """The figures of a large edition's report, counted once its issue ended at `ended_at`."""

    __tablename__ = "edition_figures"

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), primary_key=True)
    ended_at: Mapped[datetime]
    figures: Mapped[dict[str, Any]]
