"""The links of editions: written when one is frozen, read for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from newsletter.domain.clicks.counted_links import EditionLink
from newsletter.store.models import Edition
from newsletter.store.models import EditionLink as Row


def keep_links(session: Session, edition_id: int, links: Sequence[EditionLink]) -> None:
    if links:
        session.execute(insert(Row), [{"edition_id": edition_id, **asdict(one)} for one in links])


def targets_of_issue(session: Session, issue_id: int) -> tuple[int, tuple[str, ...]] | None:
    """The edition's id and its targets, in the order of their numbers. None without an edition."""
    edition_id = session.scalar(select(Edition.id).where(Edition.issue_id == issue_id))
    if edition_id is None:
        return None
    urls = session.scalars(select(Row.url).where(Row.edition_id == edition_id).order_by(Row.number))
    return edition_id, tuple(urls)


def links_of(session: Session, edition_id: int) -> list[EditionLink]:
    rows = session.scalars(select(Row).where(Row.edition_id == edition_id).order_by(Row.number))
    return [EditionLink(r.number, r.url, r.label, r.section, r.position) for r in rows]


def link_totals(session: Session, edition_ids: Sequence[int]) -> dict[int, int]:
    """How many links each edition has."""
    rows = session.execute(
        select(Row.edition_id, func.count())
        .where(Row.edition_id.in_(edition_ids))
        .group_by(Row.edition_id)
    )
    return {row[0]: row[1] for row in rows}
