"""Who got no issue since a day is found in the ledger, and sooner once the ledger was noted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import delete, select, update

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.readers.audiences import audience_of
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.models import (
    Delivery,
    Edition,
    Issue,
    LastMailed,
    Newsletter,
    Subscriber,
    Subscription,
)
from newsletter.store.readers import audience_paths
from newsletter.store.readers.lists import Order, ReaderQuery, path_of, readers_page
from newsletter.store.sending import last_mailed
from newsletter.usecases.clicks.keep_figures import note_mailed
from newsletter.usecases.context import Context
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber
from tests.support.ledgers import a_sent_issue

NAMES = [f"accepted-{number}" for number in range(1, 9)]
LATE = "late@example.org"


@pytest.fixture
def newsletter(context: Context) -> Newsletter:
    return a_newsletter(context, time_zone="UTC")


@pytest.mark.parametrize("few", [audience_paths.FEW, 0])
def test_whoever_got_no_issue_since_a_day_is_found_before_and_after_the_ledger_is_noted(
    context: Context,
    newsletter: Newsletter,
    clock: Clock,
    few: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(audience_paths, "FEW", few)
    monkeypatch.setattr(last_mailed, "AT_ONCE", 3)
    first = a_sent_issue(context, *NAMES, newsletter=newsletter)
    a_sent_issue(context, "accepted-9", newsletter=newsletter)
    a_subscriber(context, newsletter, address=LATE)
    deliver_at_random(context)
    days = [context.now() + timedelta(days=day) for day in range(-1, 12)]

    before = [found(context, newsletter, day) for day in days]
    assert before == [naively(context, day) for day in days]
    assert len(set(map(tuple, before))) > 4
    clock.advance(timedelta(days=20))
    note_mailed(context)
    assert [found(context, newsletter, day) for day in days] == before

    clock.advance(timedelta(hours=1))
    with context.database.write() as session:
        assert last_mailed.editions_to_note(session) == []
        again = session.get_one(Issue, first.issue_id)  # the first one is sent once more
        again.state, again.state_at = IssueState.SENDING, clock.now
        accepted = {"state": DeliveryState.ACCEPTED, "state_at": clock.now}
        of_first = Delivery.edition_id == first.edition().id
        session.execute(update(Delivery).where(of_first).values(accepted))
    for _ in range(2):
        assert found(context, newsletter, clock.now) == ["accepted-9@example.org", LATE]
        with context.database.write() as session:
            session.get_one(Issue, first.issue_id).state = IssueState.SENT
        note_mailed(context)


def test_each_subscription_has_its_row_with_its_state(
    context: Context, newsletter: Newsletter
) -> None:
    ann = a_subscriber(context, newsletter)
    bo = a_subscriber(context, newsletter, state=SubscriptionState.PENDING)
    with context.database.write() as session:
        session.get_one(Subscription, bo.id).state = SubscriptionState.ACTIVE
        session.execute(delete(Subscription).where(Subscription.id == ann.id))
        (row,) = session.scalars(select(LastMailed))
        assert (row.subscriber_id, row.state) == (bo.subscriber_id, SubscriptionState.ACTIVE)
        assert row.at == datetime(1970, 1, 1, tzinfo=UTC)


def deliver_at_random(context: Context) -> None:
    draw = Random(5)  # noqa: S311  not for secrets
    with context.database.write() as session:
        session.execute(update(Edition).values(expires_at=context.now() + timedelta(days=60)))
        for line in session.scalars(select(Delivery)):
            line.state = draw.choice([DeliveryState.ACCEPTED, DeliveryState.FAILED])
            line.state_at = context.now() + timedelta(days=draw.randint(0, 9))


def found(context: Context, newsletter: Newsletter, day: datetime) -> list[str]:
    audience = audience_of([("not_mailed_since", f"{day:%Y-%m-%d}")])
    query = ReaderQuery(newsletter.id, "UTC", audience)
    with context.database.read() as session:
        path = path_of(session, query)
        page = readers_page(
            session, query, path, Order.ADDRESS, older_than=None, newer_than=None, limit=50
        )
    return [one.address for one in page]


def naively(context: Context, day: datetime) -> list[str]:
    begin = day.replace(hour=0, minute=0, second=0, microsecond=0)
    with context.database.read() as session:
        lines = session.scalars(select(Delivery)).all()
        mailed = {
            line.subscriber_id
            for line in lines
            if line.state == DeliveryState.ACCEPTED and line.state_at >= begin
        }
        everyone = session.scalars(select(Subscriber))
        return sorted(str(one.address) for one in everyone if one.id not in mailed)
