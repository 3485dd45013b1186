"""What was searched for before a change of many subscribers is no longer in the history."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import text

from newsletter.store.database import Database
from newsletter.store.events import history_of
from newsletter.store.schema import migrate

AN_EVENT = """
    INSERT INTO events (at, action, who_kind, who_name, subject_kind, subject_id, facts) VALUES
    ('2026-11-01 00:00:00', 'newsletter.subscribers_changed', 'editor', 'ada', 'newsletter', 1,
        :facts)
"""
FACTS = """{"what": "tag", "value": "new", "count": 1, "is_done": true,
    "whom": "all subscribers, found by “anna@x.example”"}"""


def test_an_old_search_is_forgotten(database_at: Callable[[str], Database]) -> None:
    database = database_at("0049")
    with database.engine.begin() as connection:
        connection.execute(text(AN_EVENT), {"facts": FACTS})
    migrate(database)
    with database.read() as session:
        (one,) = history_of(session, "newsletter", 1)
    assert one.sentence == "Tagged 1 subscriber of all subscribers, found by a search: new"
