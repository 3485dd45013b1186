"""Clicks: stored in sets, judged once, counted, and forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from newsletter.domain.clicks.click_rules import Hit, Verdict
from newsletter.domain.clicks.counted_links import ClickCounting
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.store.models import (
    Click,
    ClickCount,
    ClickReaders,
    Delivery,
    Edition,
    Newsletter,
    Subscriber,
)
from newsletter.store.planner import beside_index
from newsletter.store.upserts import insert_of

ON_ANY = 0
"""In place of a link's number."""
_AT_ONCE = 500


def counting_of(session: Session, edition_ids: Iterable[int]) -> dict[int, ClickCounting]:
    """How the newsletter of each edition counts clicks now."""
    rows = session.execute(
        select(Edition.id, Newsletter.clicks)
        .join(Newsletter, Newsletter.id == Edition.newsletter_id)
        .where(Edition.id.in_(set(edition_ids)))
    )
    return {row[0]: ClickCounting(row[1]) for row in rows}


def who_is_left(session: Session, subscriber_ids: Iterable[int]) -> set[int]:
    """Those who were not erased."""
    wanted = {known for known in subscriber_ids if known}
    if not wanted:
        return set()
    there = select(Subscriber.id).where(Subscriber.id.in_(wanted), Subscriber.erased_at.is_(None))
    return set(session.scalars(there))


def add_clicks(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """One that is stored already is left out."""
    if rows:
        statement = insert_of(session, Click).on_conflict_do_nothing(index_elements=["id"])
        session.execute(statement, list(rows))


def unjudged(session: Session, until: datetime, most: int) -> dict[int, list[Hit]]:
    """The oldest clicks up to then, by edition."""
    rows = session.scalars(
        select(Click)
        .where(Click.verdict.is_(None), Click.at <= until)
        .order_by(Click.at)
        .limit(most)
    )
    found: dict[int, list[Hit]] = {}
    for row in rows:
        found.setdefault(row.edition_id, []).append(_hit(row))
    return found


def hits_between(session: Session, edition_id: int, since: datetime, until: datetime) -> list[Hit]:
    rows = session.scalars(
        select(Click).where(Click.edition_id == edition_id, Click.at.between(since, until))
    )
    return [_hit(row) for row in rows]


def delivered_at(
    session: Session, edition_id: int, subscriber_ids: Iterable[int]
) -> dict[int, datetime]:
    """When each reader's copy was accepted."""
    found: dict[int, datetime] = {}
    for some in _in_portions(subscriber_ids):
        rows = session.execute(
            select(Delivery.subscriber_id, Delivery.state_at).where(
                Delivery.edition_id == edition_id,
                Delivery.subscriber_id.in_(some),
                Delivery.state == DeliveryState.ACCEPTED,
            )
        )
        found |= {row[0]: row[1] for row in rows}
    return found


def record_verdicts(session: Session, edition_id: int, verdicts: Mapping[int, Verdict]) -> None:
    """Each click is counted once, though several may judge it at the same time."""
    # Two who find the same reader's first clicks would both count the reader.
    turn = select(Edition.id).where(Edition.id == edition_id)
    session.execute(turn.with_for_update(key_share=True))
    counts: Counter[tuple[int, str]] = Counter()
    by_readers: Counter[tuple[int, int]] = Counter()
    by_verdict: dict[Verdict, list[int]] = {}
    for hit_id, verdict in sorted(verdicts.items()):
        by_verdict.setdefault(verdict, []).append(hit_id)
    for verdict, ids in by_verdict.items():
        for some in _in_portions(ids):
            judged = session.execute(
                update(Click)
                .where(Click.id.in_(some), Click.verdict.is_(None))
                .values(verdict=verdict.value)
                .returning(Click.number, Click.subscriber_id)
                .execution_options(synchronize_session=False)
            )
            for number, subscriber_id in judged:
                counts[number, verdict.value] += 1
                if subscriber_id and verdict is Verdict.PERSON:
                    by_readers[number, subscriber_id] += 1
    _count(session, edition_id, counts)
    _count_readers(session, edition_id, by_readers)


def forget_clients(session: Session, judged_before: datetime) -> None:
    """Of clicks that were judged a while ago: in sum all of them, by reader the client's hash."""
    old = (Click.verdict.is_not(None), Click.at < judged_before, Click.client.is_not(None))
    session.execute(delete(Click).where(*old, Click.subscriber_id.is_(None)))
    session.execute(update(Click).where(*old).values(client=None))


def forget_clicks_before(session: Session, moment: datetime) -> None:
    """Who clicked on what until then. The counts stay."""
    session.execute(
        delete(Click)
        .where(Click.verdict.is_not(None), Click.at < moment)
        .execution_options(synchronize_session=False)
    )


def forget_clicks_of(session: Session, subscriber_id: int) -> None:
    """They are nobody's now, and counted as before."""
    session.execute(
        update(Click)
        .where(Click.subscriber_id == subscriber_id)
        .values(subscriber_id=None)
        .execution_options(synchronize_session=False)
    )


def _in_portions(ids: Iterable[int]) -> Iterator[list[int]]:
    remaining = list(ids)
    for start in range(0, len(remaining), _AT_ONCE):
        yield remaining[start : start + _AT_ONCE]


def _count(session: Session, edition_id: int, counts: Mapping[tuple[int, str], int]) -> None:
    rows = [
        {"edition_id": edition_id, "number": number, "verdict": verdict, "clicks": clicks}
        for (number, verdict), clicks in sorted(counts.items())
    ]
    _add_to(session, ClickCount, ["edition_id", "number", "verdict"], "clicks", rows)


def _count_readers(
    session: Session, edition_id: int, judged: Mapping[tuple[int, int], int]
) -> None:
    """Of clicks just judged, by link and reader."""
    new = _new_readers(session, edition_id, judged)
    rows = [
        {"edition_id": edition_id, "number": number, "readers": readers}
        for number, readers in sorted(new.items())
        if readers
    ]
    _add_to(session, ClickReaders, ["edition_id", "number"], "readers", rows)


def _new_readers(
    session: Session, edition_id: int, judged: Mapping[tuple[int, int], int]
) -> Counter[int]:
    """By link: those all of whose clicks on it are among the judged ones."""
    on_any = Counter[int]()
    for (_, reader), clicks in judged.items():
        on_any[reader] += clicks
    new = Counter[int]()
    for some in _in_portions(on_any):
        ours = beside_index(session, Click.edition_id) == edition_id
        rows = session.execute(
            select(Click.number, Click.subscriber_id, func.count())
            .where(ours, Click.subscriber_id.in_(some), Click.verdict == Verdict.PERSON)
            .group_by(Click.number, Click.subscriber_id)
        )
        known = Counter[int]()
        for number, subscriber_id, clicks in rows:
            reader = subscriber_id or 0
            known[reader] += clicks
            new[number] += judged.get((number, reader)) == clicks
        new[ON_ANY] += sum(known[reader] == on_any[reader] for reader in some)
    return new


def _add_to(
    session: Session, model: type[Any], keys: list[str], count: str, rows: list[dict[str, Any]]
) -> None:
    """Adds the counts of the rows to those that are kept."""
    if not rows:
        return
    statement = insert_of(session, model)
    more = {count: getattr(model, count) + statement.excluded[count]}
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=more), rows)


def _hit(row: Click) -> Hit:
    sign = Verdict(row.sign) if row.sign else None
    return Hit(row.id, row.number, row.at, row.subscriber_id, row.client or 0, sign)
