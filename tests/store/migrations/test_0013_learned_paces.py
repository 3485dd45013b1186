"""Relays that were paused before stay paused, and a pace can be learned from then on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from newsletter.domain.delivery.relay_pace import slowed_relay
from newsletter.store.database import Database
from newsletter.store.schema import migrate
from newsletter.store.sending import learned_paces, relay_pauses

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def test_old_pauses_are_kept_and_paces_begin(database_at: Callable[[str], Database]) -> None:
    database = database_at("0012")
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO relay_pauses (relay, since, until, times, reason) VALUES "
                "('r:25', '2026-11-27 11:00:00+00:00', '2026-11-27 13:00:00+00:00', 2, 'busy')"
            )
        )
    migrate(database)
    with database.write() as session:
        assert list(relay_pauses.pauses_by_relay(session, NOON)) == ["r:25"]
        learned_paces.record_complaint(
            session, "r:25", "454", lambda pace: slowed_relay(pace, 0, NOON)
        )
        assert list(learned_paces.learned_paces(session, NOON + timedelta(hours=1))) == ["r:25"]
