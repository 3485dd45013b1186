"""What people did before the audit log said whence is still in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import text

from newsletter.domain.staff.origins import NOWHERE
from newsletter.store.database import Database
from newsletter.store.events import acts_of_people
from newsletter.store.schema import difference_from_models, migrate


def test_older_acts_come_from_nowhere(database_at: Callable[[str], Database]) -> None:
    database = database_at("0037")
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO events (at, action, who_kind, who_name, subject_kind, subject_id,"
                " facts) VALUES (:at, 'user.changed', 'editor', 'Ada', 'user', 1, '{}')"
            ),
            {"at": datetime(2026, 1, 7, tzinfo=UTC)},
        )
    migrate(database)
    assert difference_from_models(database) == []
    nothing = {"since": None, "until": None, "before": None, "limit": 5}
    with database.read() as session:
        found = acts_of_people(session, None, who="", action="", **nothing)
    assert [(line[3].who, line[3].origin) for line in found] == [("Ada", NOWHERE)]
