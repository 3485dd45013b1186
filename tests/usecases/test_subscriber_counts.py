"""Many readers are counted once in a while, few on every page."""

from __future__ import annotations

from sqlalchemy import delete, text

from benchmarks.readers import a_newsletter, add_readers
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.models import Subscription
from newsletter.usecases.context import Context
from newsletter.usecases.readers.list_subscribers import SubscriberFilter, list_subscribers
from newsletter.usecases.subscriber_counts import KEPT_S, MANY, SubscriberCounts
from tests.support.principals import EDITOR


def counted(counts: SubscriberCounts, context: Context, newsletter_id: int) -> tuple[int, int]:
    with context.database.read() as session:
        by_state = counts.by_state(session, newsletter_id)
        return counts.active(session, newsletter_id), by_state[SubscriptionState.ACTIVE]


def nobody_is_left(context: Context) -> None:
    with context.database.write() as session:
        session.execute(delete(Subscription))


def test_few_are_always_exact(context: Context) -> None:
    newsletter_id = a_newsletter(context)
    add_readers(context, newsletter_id, 3)
    counts = SubscriberCounts()
    assert counted(counts, context, newsletter_id) == (3, 3)
    nobody_is_left(context)
    assert counted(counts, context, newsletter_id) == (0, 0)


def test_many_are_shown_again_for_some_seconds(context: Context) -> None:
    newsletter_id = a_newsletter(context)
    add_readers(context, newsletter_id, MANY)
    now_s = 100.0
    counts = SubscriberCounts(lambda: now_s)
    assert counted(counts, context, newsletter_id) == (MANY, MANY)
    nobody_is_left(context)
    assert counted(counts, context, newsletter_id) == (MANY, MANY)
    now_s += KEPT_S
    assert counted(counts, context, newsletter_id) == (0, 0)


def test_a_part_of_an_address_or_a_name_is_found_by_an_index_where_there_is_one(
    context: Context, database_kind: str
) -> None:
    newsletter_id = a_newsletter(context)
    add_readers(context, newsletter_id, 2_000)
    for words in ("der1234@mail", "READER 1234"):
        page = list_subscribers(context, "bench", SubscriberFilter(search=words), EDITOR)
        assert "reader1234@mail234.example.org" in [reader.address for reader in page.readers]
    if database_kind == "postgresql":
        with context.database.read() as session:
            session.execute(text("SET LOCAL enable_seqscan = off"))  # so few are quicker read
            for condition, index in (
                ("address_key LIKE '%der1234@%'", "ix_subscribers_address_key_trgm"),
                ("name ILIKE '%DER 1234%'", "ix_subscriptions_name_trgm"),
            ):
                table = index.split("_")[1]
                plan = session.scalars(text(f"EXPLAIN SELECT id FROM {table} WHERE {condition}"))
                assert index in " ".join(plan)
