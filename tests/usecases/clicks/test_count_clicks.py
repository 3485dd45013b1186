"""Clicks from the queue to the figures."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from newsletter.domain.clicks.click_rules import Verdict
from newsletter.spool.clicks import ClickBuffer, ClickQueue, NotedClick
from newsletter.store.clicks.clicks import record_verdicts
from newsletter.store.clicks.figures import readers_by_link
from newsletter.store.models import Click, ClickCount, EditionLink
from newsletter.usecases.clicks.count_clicks import (
    CLIENT_KEPT,
    forget_clicks,
    forget_clients,
    judge_clicks,
    store_clicks,
)
from newsletter.usecases.context import Context
from newsletter.usecases.readers.erase_subscriber import erase_subscriber
from tests.conftest import Clock
from tests.support.builders import a_newsletter
from tests.support.ledgers import SentIssue, a_sent_issue
from tests.support.principals import EDITOR

_ids = itertools.count(1)


@pytest.fixture
def queue(redis_url: str) -> ClickQueue:
    return ClickQueue(redis_url)


def a_sent(context: Context, clicks: str) -> SentIssue:
    return a_sent_issue(
        context, "accepted-1", newsletter=a_newsletter(context, clicks=clicks), entries=6
    )


def click(sent: SentIssue, number: int, seconds: float, **values: object) -> NotedClick:
    at = sent.context.now() + timedelta(seconds=seconds)
    reader = sent.line("accepted-1@example.org").subscriber_id
    given = {"id": next(_ids), "client": 7, "sign": "", "subscriber_id": reader} | values
    return NotedClick(edition_id=sent.edition().id, number=number, at=at, **given)


def push(redis_url: str, *clicks: NotedClick) -> None:
    buffer = ClickBuffer(redis_url)
    for one in clicks:
        buffer.add(one)
    assert buffer.flush()


def rows(context: Context) -> list[Click]:
    with context.database.read() as session:
        return list(session.scalars(select(Click).order_by(Click.id)))


def counts(context: Context) -> dict[str, int]:
    with context.database.read() as session:
        found = session.scalars(select(ClickCount))
        totals: dict[str, int] = {}
        for row in found:
            totals[row.verdict] = totals.get(row.verdict, 0) + row.clicks
        return totals


def settle(clock: Clock, context: Context) -> None:
    clock.now += timedelta(minutes=5)
    judge_clicks(context)


def test_a_click_that_comes_twice_is_stored_and_counted_once(
    context: Context, clock: Clock, queue: ClickQueue, redis_url: str
) -> None:
    sent = a_sent(context, "reader")
    once = click(sent, 1, 60)
    push(redis_url, once)
    texts = queue.first()
    store_clicks(context, queue)
    push(redis_url, once, click(sent, 2, 61))
    store_clicks(context, queue)
    queue.drop(texts)  # by another ticker, too late
    assert queue.first() == []
    settle(clock, context)
    judge_clicks(context)
    assert counts(context) == {Verdict.PERSON: 2}


def test_another_ticker_that_read_the_same_drops_nothing_new(
    context: Context, queue: ClickQueue, redis_url: str
) -> None:
    sent = a_sent(context, "sum")
    push(redis_url, click(sent, 1, 60))
    texts = queue.first()
    queue.drop(texts)
    push(redis_url, click(sent, 2, 61))
    queue.drop(texts)
    assert len(queue.first()) == 1


def test_in_sum_nothing_that_names_the_reader_is_stored_and_rows_go_in_minutes(
    context: Context, clock: Clock, queue: ClickQueue, redis_url: str
) -> None:
    sent = a_sent(context, "sum")
    push(redis_url, click(sent, 1, 0))
    store_clicks(context, queue)
    assert [one.subscriber_id for one in rows(context)] == [None]
    settle(clock, context)
    clock.now += CLIENT_KEPT
    forget_clients(context)
    assert rows(context) == []
    assert counts(context) == {Verdict.PERSON: 1}


def test_switched_off_since_nothing_is_stored_and_the_links_lead_on(
    context: Context, queue: ClickQueue, redis_url: str
) -> None:
    sent = a_sent(context, "reader")
    with context.database.write() as session:
        session.merge(sent.newsletter).clicks = "off"
    push(redis_url, click(sent, 1, 0))
    store_clicks(context, queue)
    assert rows(context) == []


def test_an_erased_readers_clicks_are_nobodys_and_stay_counted(
    context: Context, clock: Clock, queue: ClickQueue, redis_url: str
) -> None:
    sent = a_sent(context, "reader")
    late = click(sent, 2, 90)
    push(redis_url, click(sent, 1, 60))
    store_clicks(context, queue)
    settle(clock, context)
    reader = sent.line("accepted-1@example.org").subscriber_id
    erase_subscriber(context, sent.newsletter.slug, reader, "accepted-1@example.org", EDITOR)
    push(redis_url, late)
    store_clicks(context, queue)
    assert [one.subscriber_id for one in rows(context)] == [None, None]
    assert counts(context) == {Verdict.PERSON: 1}


def test_by_reader_the_client_goes_in_minutes_and_the_row_after_the_retention(
    context: Context, clock: Clock, queue: ClickQueue, redis_url: str
) -> None:
    sent = a_sent(context, "reader")
    push(redis_url, click(sent, 1, 60), click(sent, 2, 5))
    store_clicks(context, queue)
    settle(clock, context)
    assert counts(context) == {Verdict.PERSON: 1, Verdict.EARLY: 1}
    clock.now += CLIENT_KEPT
    forget_clients(context)
    assert [one.client for one in rows(context)] == [None, None]
    clock.now += context.settings.click_retention
    forget_clicks(context)
    assert rows(context) == []


def test_readers_are_counted_once_on_each_link_in_whichever_order_clicks_are_judged(
    context: Context,
) -> None:
    sent, draw = a_sent(context, "reader"), Random(7)  # noqa: S311  not for secrets
    edition_id, at = sent.edition().id, context.now()
    drawn = {
        one: (draw.randint(1, 3), draw.choice([None, 1, 2, 3, 4]), draw.random() < 0.6)
        for one in range(1, 81)
    }
    with context.database.write() as session:
        for one, (number, reader, _) in drawn.items():
            values = {"id": one, "edition_id": edition_id, "number": number, "at": at}
            session.add(Click(**values, subscriber_id=reader))
    ids = draw.sample(sorted(drawn), len(drawn))
    for begin in range(0, len(ids), 16):
        verdicts = {
            one: Verdict.PERSON if drawn[one][2] else Verdict.AGENT
            for one in ids[begin : begin + 16]
        }
        with context.database.write() as session:
            record_verdicts(session, edition_id, verdicts)
        judged = [drawn[one] for one in ids[: begin + 16]]
        people = {(number, reader) for number, reader, is_person in judged if reader and is_person}
        with context.database.read() as session:
            by_link, on_any = readers_by_link(session, edition_id)
        assert by_link == Counter(number for number, _ in people)
        assert on_any == len({reader for _, reader in people})


def test_the_links_of_a_sent_issue_are_kept_with_its_edition(context: Context) -> None:
    sent = a_sent(context, "sum")
    with context.database.read() as session:
        links = list(session.scalars(select(EditionLink).order_by(EditionLink.number)))
    assert [(one.number, one.url) for one in links] == [
        (n, f"https://example.com/{n}") for n in range(1, 7)
    ]
    token = context.signer.sign_click(sent.issue_id)
    assert f"/c/{token}/6" in str(sent.edition().content)
