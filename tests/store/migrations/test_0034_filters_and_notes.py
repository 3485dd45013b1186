"""Filters and notes as the first release that had them wrote them are there, and filters find."""

from __future__ import annotations

from collections.abc import Callable

from newsletter.domain.readers.audiences import audience_of
from newsletter.store.database import Database
from newsletter.store.models import SavedFilter
from newsletter.store.readers.lists import Order, ReaderQuery, readers_page
from newsletter.store.readers.subscriptions import notes_about
from newsletter.store.schema import difference_from_models, migrate
from tests.store.migrations.test_0017_the_date_of_an_issue import A_NEWSLETTER
from tests.store.migrations.test_0041_filters_by_index import A_SUBSCRIBER, A_SUBSCRIPTION

A_FILTER = """
    INSERT INTO saved_filters
        (id, newsletter_id, name, conditions, columns, created_at, created_by)
    VALUES (3, 1, 'Pros in Berlin', '[["tag", "Berlin"], ["attribute", "plan=Pro"], ["gone", "x"]]',
        '["joined", "gone"]', '2026-11-02 00:00:00', 'Ada')
"""
A_NOTE = """
    INSERT INTO subscriber_notes (id, newsletter_id, subscriber_id, text, at, "by")
    VALUES (4, 1, 7, 'Met in Oslo.', '2026-11-02 00:00:00', 'Ada')
"""


def test_an_old_filter_finds_and_an_old_note_is_read(
    database_at: Callable[[str], Database],
) -> None:
    database = database_at("0033")
    with database.engine.begin() as connection:
        for statement in (A_NEWSLETTER, A_SUBSCRIBER, A_SUBSCRIPTION):
            connection.exec_driver_sql(statement)
    database_at("0034")
    with database.engine.begin() as connection:
        for statement in (A_FILTER, A_NOTE):
            connection.exec_driver_sql(statement)
    migrate(database)

    assert difference_from_models(database) == []
    with database.read() as session:
        kept = session.get_one(SavedFilter, 3)
        audience = audience_of((kind, value) for kind, value in kept.conditions)
        found = readers_page(
            session,
            ReaderQuery(1, "UTC", audience),
            None,
            Order.NEWEST,
            older_than=None,
            newer_than=None,
            limit=9,
        )
        notes = [(one.text, one.by, one.at.year) for one in notes_about(session, 7, 1)]
    assert (kept.name, [one.subscriber_id for one in found]) == ("Pros in Berlin", [7])
    assert notes == [("Met in Oslo.", "Ada", 2026)]
