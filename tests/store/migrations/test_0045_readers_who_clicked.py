"""Readers whose clicks were counted before readers were kept are counted again."""

from __future__ import annotations

from collections.abc import Callable

from newsletter.store.clicks.figures import readers_by_link
from newsletter.store.database import Database
from newsletter.store.schema import migrate
from tests.store.migrations.test_0017_the_date_of_an_issue import A_NEWSLETTER, AN_ISSUE

AN_EDITION = """
    INSERT INTO editions (id, issue_id, newsletter_id, number, subject, html, text, content,
        active_at_freeze, frozen_at, expires_at)
    VALUES (1, 1, 1, 1, '', '', '', '{}', 3, '2026-11-01 00:00:00', '2026-11-03 00:00:00')
"""
CLICKS = """
    INSERT INTO clicks (id, edition_id, number, subscriber_id, at, sign, verdict)
    VALUES (1, 1, 1, 7, '2026-11-01 00:00:00', '', 'person'),
        (2, 1, 1, 7, '2026-11-01 00:00:00', '', 'person'),
        (3, 1, 2, 7, '2026-11-01 00:00:00', '', 'person'),
        (4, 1, 2, 8, '2026-11-01 00:00:00', '', 'person'),
        (5, 1, 2, 9, '2026-11-01 00:00:00', '', 'agent'),
        (6, 1, 2, NULL, '2026-11-01 00:00:00', '', 'person')
"""


def test_old_clicks_are_counted_by_reader(database_at: Callable[[str], Database]) -> None:
    database = database_at("0044")
    with database.engine.begin() as connection:
        for statement in (A_NEWSLETTER, AN_ISSUE, AN_EDITION, CLICKS):
            connection.exec_driver_sql(statement)
    migrate(database)
    with database.read() as session:
        assert readers_by_link(session, 1) == ({1: 1, 2: 2}, 2)
