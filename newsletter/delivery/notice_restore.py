"""Notices that the database is a restored backup, and asks before anyone gets a second copy.

A backup does not know who has been sent what since it was made. What gives it away: it counts
fewer beats of the ticker than were seen, nothing has run on it for long, or a journal knows of
copies that the relay took and that it has as waiting.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter import telemetry
from newsletter.spool.departures import read_departures
from newsletter.spool.seen_beats import SeenBeats
from newsletter.store import outbox
from newsletter.store.dumps import skip_ids
from newsletter.store.models import Heartbeat
from newsletter.store.operations import beat, heartbeat
from newsletter.usecases.context import Context
from newsletter.usecases.operations.apply_departures import apply_departures
from newsletter.usecases.operations.hold_restored import (
    MAY_HAVE_BEEN_SENT,
    pause_what_is_under_way,
    record_acceptances,
)


class RestoreWatch:
    """Of one process. `check` it before any work, and then each second."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._seen = SeenBeats(context.settings.var_dir)
        self._is_first = True

    def check(self) -> list[int]:
        """Pauses what is under way if the database was restored. Returns the issues' ids."""
        paused: list[int] = []
        with self._context.database.read() as session:
            last = heartbeat(session, "ticker")
        facts = self._suspicion(last)
        if facts:
            paused = self._pause(facts)
        elif last is not None:
            self._seen.see(last.count)
        self._is_first = False
        return paused

    def _suspicion(self, last: Heartbeat | None) -> dict[str, Any]:
        """Only the first check asks how long nothing ran: a machine that slept was not restored."""
        if last is None:
            return {}
        facts = {"last_beat": last.at.isoformat()}
        if last.count < self._seen.highest:
            return facts | {"sign": "older"}
        silence = self._context.now() - last.at
        if self._is_first and silence > self._context.settings.overdue_after:
            return facts | {"sign": "silence"}
        return {}

    def _pause(self, facts: Mapping[str, Any]) -> list[int]:
        context, made_at = self._context, datetime.fromisoformat(facts["last_beat"])
        with telemetry.wide_event("the database may be a restored backup", **facts) as event:
            with context.database.write() as session:
                paused = pause_what_is_under_way(context, session, facts)
                if facts["sign"] == "older":
                    _forget_what_may_be_done(context, session, made_at)
            departures = read_departures(context.settings.departures_path)
            left = apply_departures(context, departures, made_at)
            # Last, so that a crash before it asks again. No beat that was seen has this number.
            with context.database.write() as session:
                beat(session, "ticker", context.now(), skip=self._seen.highest)
            event.add(paused_issues=paused, **{kind.value: count for kind, count in left.items()})
        return paused


def _forget_what_may_be_done(context: Context, session: Session, made_at: datetime) -> None:
    """Of a database that is certainly a backup: mails may have been sent, ids given since."""
    outbox.cancel_waiting(session, context.now(), MAY_HAVE_BEEN_SENT, made_at)
    skip_ids(session.connection())


def record_unknown_acceptances(context: Context, session: Session, owners: list[str]) -> None:
    """Marks as accepted what the journals of `owners` say the relay took, while the database has it
    as waiting. Only a restored backup can: pauses what is under way.

    Call it with the batches of `owners` locked, while their leases are still recorded.
    """
    copies = record_acceptances(context, session, owners)
    if copies:
        with telemetry.wide_event(
            "the journal knows more than the database", copies=copies
        ) as event:
            facts = {"sign": "journal", "copies": copies}
            event.add(paused_issues=pause_what_is_under_way(context, session, facts))
