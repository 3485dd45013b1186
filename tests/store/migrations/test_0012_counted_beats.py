"""A ticker of the version before is known, and its beats are counted from then on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import text

from newsletter.store.database import Database
from newsletter.store.operations import beat, heartbeat
from newsletter.store.schema import difference_from_models, migrate

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_an_old_heartbeat_is_kept_and_counted_on(database_at: Callable[[str], Database]) -> None:
    database = database_at("0010")
    with database.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO heartbeats (name, at) VALUES ('ticker', :at)"),
            {"at": "2026-11-22 11:00:00" + ("" if database.is_sqlite else "+00:00")},
        )
    migrate(database)
    assert difference_from_models(database) == []
    with database.write() as session:
        before = heartbeat(session, "ticker")
        assert before is not None
        assert (before.at.hour, before.count) == (11, 0)
        session.expunge_all()
        beat(session, "ticker", NOW)
        after = heartbeat(session, "ticker")
        assert after is not None
        assert (after.at, after.count) == (NOW, 1)
