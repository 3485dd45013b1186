"""Two imports at the same time, into one newsletter or two."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from newsletter.domain.readers.consent import SubscriptionState
from newsletter.domain.staff.principals import Principal
from newsletter.store.models import Subscriber, Subscription, Suppression
from newsletter.usecases.context import Context
from newsletter.usecases.readers import import_subscribers as importing
from newsletter.usecases.readers.import_subscribers import import_subscribers
from newsletter.usecases.readers.take_rows import Source
from tests.support.builders import a_newsletter

ADA = Principal.administrator(1, "ada@example.org")
MOVED = Source("Moved here from our former service", "list.csv")


@pytest.mark.parametrize("is_same", [True, False], ids=["one newsletter", "two newsletters"])
def test_two_imports_of_the_same_people_in_opposite_order_both_end(
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
    is_same: bool,  # noqa: FBT001  a case
) -> None:
    monkeypatch.setattr(importing, "ROWS_IN_A_CHUNK", 200)
    first = a_newsletter(context)
    second = first if is_same else a_newsletter(context)
    states = ("active", "unsubscribed", "bounced")
    people = [f"r{n}@example.org,{states[n % 3]}" for n in range(1000)]
    start = Barrier(2)

    def run(slug: str, lines: list[str]) -> None:
        data = io.BytesIO("\n".join(["email,status", *lines, ""]).encode())
        start.wait()
        import_subscribers(context, slug, data, MOVED, ADA)

    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(run, first.slug, people),
            pool.submit(run, second.slug, people[::-1]),
        ]
        for one in runs:
            one.result()
    with context.database.read() as session:
        counts = [
            session.scalar(select(func.count()).select_from(table))
            for table in (Subscriber, Suppression)
        ]
        active = session.scalars(
            select(Subscriber.address)
            .join(Subscription)
            .where(Subscription.state == SubscriptionState.ACTIVE)
        ).all()
    assert counts == [1000, 333]
    assert len(active) == 334 * (1 if is_same else 2)
    assert set(active) == {line.partition(",")[0] for line in people[::3]}
