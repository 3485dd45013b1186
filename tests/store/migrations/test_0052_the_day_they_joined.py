"""Subscribers who were imported joined when they agreed, also those of an import long ago."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select, text

from newsletter.store.database import Database
from newsletter.store.models import Subscription
from newsletter.store.schema import migrate
from tests.store.migrations.test_0017_the_date_of_an_issue import A_NEWSLETTER

IMPORT, AGREED, LEFT = "2026-11-01 09:00:00", "2019-03-01 10:05:00", "2021-05-06 07:08:09"
A_SUBSCRIBER = """
    INSERT INTO subscribers (id, address, address_key, created_at)
    VALUES (:id, :address, :address, :at)
"""
A_SUBSCRIPTION = """
    INSERT INTO subscriptions (id, newsletter_id, subscriber_id, state, state_at, state_how, tags,
        created_at, name, attributes)
    VALUES (:id, 1, :id, 'active', :at, '', '[]', :at, '', '{}')
"""
EVIDENCE = """
    INSERT INTO consents (subscription_id, kind, at, how, actor, form_url, wording_hash,
        wording_version, message_id)
    VALUES (:id, :kind, :at, '', '', '', '', '', '')
"""


def test_a_subscription_begins_with_its_oldest_evidence(
    database_at: Callable[[str], Database],
) -> None:
    database = database_at("0051")
    told = {1: [("imported", AGREED), ("withdrawn", LEFT)], 2: [("asked", IMPORT)], 3: []}
    with database.engine.begin() as connection:
        connection.exec_driver_sql(A_NEWSLETTER)
        for number, evidence in told.items():
            facts = {"id": number, "address": f"r{number}@x.example", "at": IMPORT}
            connection.execute(text(A_SUBSCRIBER), facts)
            connection.execute(text(A_SUBSCRIPTION), facts)
            for kind, at in evidence:
                connection.execute(text(EVIDENCE), {"id": number, "kind": kind, "at": at})
    migrate(database)
    with database.read() as session:
        moments = session.scalars(select(Subscription.created_at).order_by(Subscription.id))
        assert [f"{at:%Y-%m-%d %H:%M:%S}" for at in moments] == [AGREED, IMPORT, IMPORT]
