"""What became of an edition, in figures that are kept or that an index counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from newsletter.domain.clicks.click_rules import Verdict
from newsletter.domain.feedback.verdicts import FeedbackVerdict
from newsletter.store.clicks.clicks import ON_ANY
from newsletter.store.models import (
    Click,
    ClickCount,
    ClickReaders,
    Edition,
    EditionLink,
    FeedbackRow,
)
from newsletter.store.planner import beside_index

CLICKS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ReaderClick:
    at: datetime
    issue_id: int
    number: int
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class CameBack:
    """Copies of an edition; one that bounced twice counts once."""

    bounced: int = 0
    complaints: int = 0
    asked_by_email: int = 0


_BOUNCES = (FeedbackVerdict.HARD, FeedbackVerdict.SOFT, FeedbackVerdict.BLOCKED)
_CAME_BACK = (*_BOUNCES, FeedbackVerdict.COMPLAINT, FeedbackVerdict.UNSUBSCRIBE)


def clicks_by_link(session: Session, edition_id: int) -> dict[int, dict[str, int]]:
    """By the number of the link: clicks by verdict, "" for those not judged yet."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    counted = select(ClickCount).where(ClickCount.edition_id == edition_id)
    for row in session.scalars(counted):
        found[row.number][row.verdict] = row.clicks
    waiting = session.execute(
        select(Click.number, func.count())
        .where(beside_index(session, Click.edition_id) == edition_id, Click.verdict.is_(None))
        .group_by(Click.number)
    )
    for number, clicks in waiting:
        found[number][""] = clicks
    return dict(found)


def readers_by_link(session: Session, edition_id: int) -> tuple[dict[int, int], int]:
    """How many known readers clicked on each link, and on any."""
    wanted = select(ClickReaders.number, ClickReaders.readers)
    rows = session.execute(wanted.where(ClickReaders.edition_id == edition_id))
    found = {row.number: row.readers for row in rows}
    return found, found.pop(ON_ANY, 0)


def clicks_of(session: Session, subscriber_id: int, newsletter_id: int) -> list[ReaderClick]:
    """What a known reader opened, the latest first. Without what a rule takes for a machine's."""
    rows = session.execute(
        select(Click.at, Edition.issue_id, Edition.number, EditionLink.label, EditionLink.url)
        .join(Edition, Edition.id == Click.edition_id)
        .join(
            EditionLink,
            (EditionLink.edition_id == Click.edition_id) & (EditionLink.number == Click.number),
        )
        .where(
            Click.subscriber_id == subscriber_id,
            Click.verdict == Verdict.PERSON,
            Edition.newsletter_id == newsletter_id,
        )
        .order_by(Click.at.desc())
        .limit(CLICKS_SHOWN)
    )
    return [ReaderClick(*row) for row in rows]


def people_by_edition(session: Session, edition_ids: Sequence[int]) -> dict[int, int]:
    """Clicks that no rule takes for a machine's."""
    rows = session.execute(
        select(ClickCount.edition_id, func.sum(ClickCount.clicks))
        .where(ClickCount.edition_id.in_(edition_ids), ClickCount.verdict == Verdict.PERSON)
        .group_by(ClickCount.edition_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def came_back_by_edition(session: Session, edition_ids: Sequence[int]) -> Mapping[int, CameBack]:
    """Of each edition that is asked for."""
    kind = case(
        (FeedbackRow.verdict.in_(_BOUNCES), "bounced"),
        (FeedbackRow.verdict == FeedbackVerdict.COMPLAINT, "complaints"),
        else_="asked_by_email",
    ).label("kind")
    rows = session.execute(
        select(FeedbackRow.edition_id, kind, func.count(FeedbackRow.subscriber_id.distinct()))
        .where(FeedbackRow.edition_id.in_(edition_ids), FeedbackRow.verdict.in_(_CAME_BACK))
        .group_by(FeedbackRow.edition_id, "kind")
    )
    found: dict[int, dict[str, int]] = {edition_id: {} for edition_id in edition_ids}
    for row in rows:
        found[row[0]][row[1]] = row[2]
    return {edition_id: CameBack(**counts) for edition_id, counts in found.items()}


def came_back(session: Session, edition_id: int) -> Mapping[tuple[str, str], int]:
    """Copies by what a report said of them and why. Several reports on a copy count once."""
    rows = session.execute(
        select(
            FeedbackRow.verdict,
            FeedbackRow.reason,
            func.count(FeedbackRow.subscriber_id.distinct()),
        )
        .where(FeedbackRow.edition_id == edition_id, FeedbackRow.verdict.in_(_CAME_BACK))
        .group_by(FeedbackRow.verdict, FeedbackRow.reason)
    )
    return {(row[0], row[1]): row[2] for row in rows}
