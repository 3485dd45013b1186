"""An import killed in the middle of a chunk leaves whole chunks; running it again completes it."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
from typing import Any

import pytest
from sqlalchemy import func, select

from newsletter.domain.readers.consent import SubscriptionState
from newsletter.domain.staff.principals import Principal
from newsletter.store.models import Consent, Subscriber, Subscription
from newsletter.store.readers.staged_rows import StagedRows
from newsletter.usecases.context import Context
from newsletter.usecases.readers import import_subscribers as importing
from newsletter.usecases.readers.import_subscribers import import_subscribers
from newsletter.usecases.readers.take_rows import Source
from tests.support.builders import a_newsletter

ADA = Principal.administrator(1, "ada@example.org")
LINES = [f"r{n}@example.org,{('active', 'unsubscribed', 'bounced')[n % 3]}" for n in range(60)]


def take(context: Context, slug: str) -> Any:
    data = io.BytesIO("\n".join(["email,status", *LINES, ""]).encode())
    return import_subscribers(context, slug, data, Source("Moved here", "list.csv"), ADA)


def take_until_killed(context: Context, slug: str) -> None:
    context.database.engine.dispose(close=False)
    add, calls = StagedRows.add, []

    def add_and_die(self: StagedRows, *args: Any, **options: Any) -> int:
        added = add(self, *args, **options)
        calls.append(added)
        if len(calls) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return added

    StagedRows.add = add_and_die  # type: ignore[method-assign]
    take(context, slug)


def test_a_killed_import_is_completed_by_running_it_again(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_IN_A_CHUNK", 10)
    newsletter = a_newsletter(context)
    process = multiprocessing.get_context("fork").Process(
        target=take_until_killed, args=(context, newsletter.slug)
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert counted(context) == (20, 20, 20)
    assert take(context, newsletter.slug).new == 40
    assert counted(context) == (60, 60, 60)
    with context.database.read() as session:
        active = select(func.count()).where(Subscription.state == SubscriptionState.ACTIVE)
        assert session.scalar(active) == 20


def counted(context: Context) -> tuple[int | None, ...]:
    with context.database.read() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(table))
            for table in (Subscriber, Subscription, Consent)
        )
