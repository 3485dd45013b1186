"""The ticker stores, judges and forgets clicks, and goes on while Redis is away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.runtime.click_keeper import ClickKeeper
from newsletter.spool.clicks import ClickBuffer, NotedClick
from newsletter.usecases.clicks.show_liked import show_liked
from newsletter.usecases.context import Context
from tests.conftest import Clock
from tests.support.ledgers import a_sent_issue
from tests.support.principals import EDITOR


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


def test_clicks_become_figures_beat_by_beat(context: Context, clock: Clock, redis_url: str) -> None:
    sent = a_sent_issue(context, "accepted-1")
    buffer = ClickBuffer(redis_url)
    buffer.add(NotedClick(1, sent.edition().id, 1, 0, context.now(), 7, ""))
    assert buffer.flush()
    ClickKeeper(context).beat()
    liked = show_liked(context, sent.issue_id, EDITOR)
    assert liked is not None
    assert (liked.clicks, liked.people, liked.unjudged) == (1, 0, 1)
    clock.advance(timedelta(minutes=5))
    ClickKeeper(context).beat()
    liked = show_liked(context, sent.issue_id, EDITOR)
    assert liked is not None
    assert (liked.clicks, liked.people, liked.unjudged) == (1, 1, 0)


@pytest.mark.parametrize("redis_url", ["", "redis://127.0.0.1:1/0"])
def test_without_redis_the_rest_of_a_beat_goes_on(context: Context, redis_url: str) -> None:
    away = replace(context, settings=replace(context.settings, redis_url=redis_url))
    ClickKeeper(away).beat()
