"""Clicks from the queue to the figures: stored, judged, counted, forgotten. For the ticker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from newsletter.domain.clicks.click_rules import SETTLES_AFTER, WINDOW, judge
from newsletter.domain.clicks.counted_links import ClickCounting
from newsletter.spool.clicks import ClickQueue, NotedClick
from newsletter.store.clicks import clicks
from newsletter.store.clicks.links import link_totals
from newsletter.usecases.context import Context

CLIENT_KEPT = timedelta(minutes=10)
"""How long a hash of the client's address is kept, for the clicks that come after it."""
MOST_PORTIONS = 20
MOST_AT_ONCE = 20_000


def store_clicks(context: Context, queue: ClickQueue) -> int:
    """How many came out of the queue. A click that was stored before is not stored again."""
    total = 0
    for _ in range(MOST_PORTIONS):
        texts = queue.first()
        if not texts:
            break
        _store(context, [NotedClick.from_text(text) for text in texts])
        queue.drop(texts)
        total += len(texts)
    return total


def judge_clicks(context: Context) -> int:
    """How many were judged: those whose neighbours in time are known by now."""
    until, judged = context.now() - SETTLES_AFTER, 0
    with context.database.read() as session:
        found = clicks.unjudged(session, until, MOST_AT_ONCE)
        totals = link_totals(session, list(found)) if found else {}
    for edition_id, hits in found.items():
        moments = [hit.at for hit in hits]
        with context.database.read() as session:
            around = clicks.hits_between(
                session, edition_id, min(moments) - WINDOW, max(moments) + WINDOW
            )
            readers = {hit.subscriber_id for hit in around if hit.subscriber_id}
            delivered = clicks.delivered_at(session, edition_id, readers)
        verdicts = judge(around, delivered, totals.get(edition_id, 0))
        wanted = {hit.id: verdicts[hit.id] for hit in hits if hit.id in verdicts}
        with context.database.write() as session:
            clicks.record_verdicts(session, edition_id, wanted)
        judged += len(wanted)
    return judged


def forget_clients(context: Context) -> None:
    """The hashes of clients' addresses, and in sum whole clicks: they are judged and counted."""
    with context.database.write() as session:
        clicks.forget_clients(session, context.now() - CLIENT_KEPT)


def forget_clicks(context: Context) -> None:
    """Who clicked on what, after CLICK_RETENTION. The counts stay."""
    with context.database.write() as session:
        clicks.forget_clicks_before(session, context.now() - context.settings.click_retention)


def _store(context: Context, noted: Sequence[NotedClick]) -> None:
    """As the newsletter counts now: who clicked is dropped before anything is stored."""
    with context.database.write() as session:
        counting = clicks.counting_of(session, {one.edition_id for one in noted})
        left = clicks.who_is_left(session, {one.subscriber_id for one in noted})
        by_reader = {edition for edition, how in counting.items() if how is ClickCounting.READER}
        clicks.add_clicks(
            session,
            [
                {
                    "id": one.id,
                    "edition_id": one.edition_id,
                    "number": one.number,
                    "subscriber_id": one.subscriber_id
                    if one.edition_id in by_reader and one.subscriber_id in left
                    else None,
                    "at": one.at,
                    "client": one.client,
                    "sign": one.sign,
                    "verdict": None,
                }
                for one in noted
                if counting.get(one.edition_id, ClickCounting.OFF) is not ClickCounting.OFF
            ],
        )
