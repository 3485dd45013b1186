"""Subscribers from before there were indexes of tags and attributes are found by them."""

from __future__ import annotations

from collections.abc import Callable

from newsletter.domain.readers.audiences import audience_of
from newsletter.store.database import Database
from newsletter.store.readers.lists import Order, ReaderQuery, path_of, readers_page
from newsletter.store.schema import migrate
from tests.store.migrations.test_0017_the_date_of_an_issue import A_NEWSLETTER

A_SUBSCRIBER = """
    INSERT INTO subscribers (id, address, address_key, name, attributes, created_at)
    VALUES (7, 'ann@x.example', 'ann@x.example', '', '{"plan": "Pro"}', '2026-11-01 00:00:00')
"""
A_SUBSCRIPTION = """
    INSERT INTO subscriptions
        (newsletter_id, subscriber_id, state, state_at, state_how, tags, created_at)
    VALUES (1, 7, 'active', '2026-11-01 00:00:00', '', '["Berlin"]', '2026-11-01 00:00:00')
"""


def test_an_old_subscriber_is_found(database_at: Callable[[str], Database]) -> None:
    database = database_at("0040")
    with database.engine.begin() as connection:
        for statement in (A_NEWSLETTER, A_SUBSCRIBER, A_SUBSCRIPTION):
            connection.exec_driver_sql(statement)
    migrate(database)

    query = ReaderQuery(1, "UTC", audience_of([("tag", "berlin"), ("attribute", "plan=pro")]))
    with database.read() as session:
        found = readers_page(
            session,
            query,
            path_of(session, query),
            Order.NEWEST,
            older_than=None,
            newer_than=None,
            limit=9,
        )
    assert [one.subscriber_id for one in found] == [7]
