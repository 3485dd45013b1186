"""Newsletters, and their issues with sections and entries."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from newsletter.store.models.base import NEVER_REUSED, Base, Id


class Newsletter(Base):
    """`slug` is its name in URLs, `list_label` the left part of its List-Id, which stays."""

    __tablename__ = "newsletters"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(Text, default="")
    sender_name: Mapped[str] = mapped_column(default="")
    sender_address: Mapped[str] = mapped_column(default="")
    reply_to: Mapped[str] = mapped_column(default="")
    postal_address: Mapped[str] = mapped_column(Text, default="")
    time_zone: Mapped[str] = mapped_column(default="UTC")
    language: Mapped[str] = mapped_column(default="en")
    theme: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sponsor_labels: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """By language, the words above sponsors that it has of its own."""
    base_url: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Completes the relative links of its digests."""
    layout: Mapped[str] = mapped_column(default="", server_default="")
    """The Layout of sections that have none."""
    list_label: Mapped[str]
    undo_minutes: Mapped[int] = mapped_column(default=0)
    """How long “send now” can be undone."""
    canary_percent: Mapped[int] = mapped_column(default=0)
    """Percent of the readers who get an issue first; 0 for no canary."""
    canary_threshold_percent: Mapped[int] = mapped_column(default=5)
    """Percent of the canary's copies: this many unknown addresses and blocks stop the issue."""
    soft_bounce_issues: Mapped[int] = mapped_column(default=3)
    """An address is suppressed after this many issues in a row came back, over this many days."""
    soft_bounce_days: Mapped[int] = mapped_column(default=14)
    clicks: Mapped[str] = mapped_column(default="sum", server_default="off")
    """A ClickCounting. One from before there was any is off until an editor says so."""
    link_parameters: Mapped[str] = mapped_column(default="", server_default="")
    """UTM parameters added to the links of its issues, as typed."""
    reader_sections: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Those that readers choose from, one a line."""
    sections_asked: Mapped[str] = mapped_column(default="preferences", server_default="preferences")
    """A SectionsAsked."""
    second_factor_since: Mapped[datetime | None]
    """Since when only editors with a second factor may open it. None: all who have a role."""
    created_at: Mapped[datetime]


class Issue(Base):
    """`state` is an IssueState; `state_reason` says why it is paused or cancelled, for people.

    `version` grows with every save, so that two editors can't overwrite each other unnoticed.
    """

    __tablename__ = "issues"
    __table_args__ = (
        UniqueConstraint("newsletter_id", "number"),
        Index(None, "state", "scheduled_at"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"))
    number: Mapped[int | None]
    title: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    preheader: Mapped[str] = mapped_column(default="")
    intro: Mapped[str] = mapped_column(Text, default="")
    issued_on: Mapped[date | None]
    """Its own date, in the newsletter's time zone. None: it is the day it is sent."""
    author: Mapped[str] = mapped_column(default="", server_default="")
    other_keys: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """Front matter of its digest that means nothing here."""
    unplaced: Mapped[list[Any]] = mapped_column(default=list)
    """LeftOut pieces of a pasted digest, until an editor settles or clears them."""
    dropped: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """What of a pasted digest no mail can hold, [{line, text, why}], until it is cleared."""
    state: Mapped[str]
    state_at: Mapped[datetime]
    state_reason: Mapped[str] = mapped_column(default="")
    override_by: Mapped[str] = mapped_column(default="")
    override_reason: Mapped[str] = mapped_column(Text, default="")
    """Why it may be sent in spite of an error that a check found."""
    override_at: Mapped[datetime | None]
    scheduled_at: Mapped[datetime | None]
    audience: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """Pairs of an Audience, [[kind, value]]: who gets it. Empty: every active subscriber."""
    undo_until: Mapped[datetime | None]
    """The end of the undo period after “send now”; None for an issue scheduled at a time."""
    sent_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    head_version: Mapped[int] = mapped_column(default=1, server_default="1")
    """The version in which its own fields last changed; as that of a section or an entry."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(default="")
    """Who saved it last, by the name they had then."""

    newsletter: Mapped[Newsletter] = relationship(lazy="raise")
    sections: Mapped[list[Section]] = relationship(
        back_populates="issue",
        order_by="Section.position",
        cascade="all, delete-orphan",
        lazy="raise",
    )


class ImportedIssue(Base):
    """Where an issue is from that was sent elsewhere. `source` is its file in the archive.

    `fingerprint` is the hash of all that the archive says of it: it is imported once.
    """

    __tablename__ = "imported_issues"

    issue_id: Mapped[int] = mapped_column(
        ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True
    )
    service: Mapped[str]
    source: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str]
    imported_at: Mapped[datetime]


class Section(Base):
    """`title` is "" for the entries before the first heading.

    `position` has gaps (domain/positions.py). An id is never given a second time.
    """

    __tablename__ = "sections"
    __table_args__ = (Index(None, "issue_id", "position"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"))
    position: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str] = mapped_column(default="")
    intro: Mapped[str] = mapped_column(Text, default="", server_default="")
    layout: Mapped[str] = mapped_column(default="", server_default="")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    """The issue's, when it last changed."""
    key: Mapped[str] = mapped_column(default="", server_default="")
    """What the page called it that added it, so that it is added once."""

    issue: Mapped[Issue] = relationship(back_populates="sections", lazy="raise")
    entries: Mapped[list[Entry]] = relationship(
        back_populates="section",
        order_by="Entry.position",
        cascade="all, delete-orphan",
        lazy="raise",
    )


class Entry(Base):
    """`body` is Markdown; `sources` are domains; `url` is "" without a link.

    `position` and id are like those of a section.
    """

    __tablename__ = "entries"
    __table_args__ = (Index(None, "section_id", "position"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    position: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str]
    url: Mapped[str] = mapped_column(Text, default="")
    sources: Mapped[list[str]] = mapped_column(default=list)
    body: Mapped[str] = mapped_column(Text, default="")
    plain_links: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Its links stay as they were written: not counted, without parameters."""
    link_parameters: Mapped[str] = mapped_column(default="", server_default="")
    author: Mapped[str] = mapped_column(default="", server_default="")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    key: Mapped[str] = mapped_column(default="", server_default="")

    section: Mapped[Section] = relationship(back_populates="entries", lazy="raise")
