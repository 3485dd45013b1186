"""Notices that the database is a restored backup, and asks before anyone gets a second copy.

A backup does not know who has been sent what since it was made. What gives it away: it counts
fewer beats of the ticker than were seen, nothing has run on it for long, or a journal knows of
copies that the relay took and that it has as waiting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter import telemetry
from newsletter.domain.actions import PauseCause
from newsletter.domain.issues import IssueState
from newsletter.domain.outcomes import Accepted
from newsletter.spool.departures import read_departures
from newsletter.spool.journal import ClaimKey, read_evidence
from newsletter.spool.seen_beats import SeenBeats
from newsletter.store.issues import due, states
from newsletter.store.models import Heartbeat
from newsletter.store.operations import beat, heartbeat
from newsletter.store.sending import unknown_acceptances
from newsletter.usecases.context import Context
from newsletter.usecases.operations.apply_departures import apply_departures


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
        with telemetry.wide_event("the database may be a restored backup", **facts) as event:
            with self._context.database.write() as session:
                paused = pause_what_is_under_way(self._context, session, facts)
                # Asked once. No beat that was seen before has a higher number.
                beat(session, "ticker", self._context.now(), skip=self._seen.highest)
            departures = read_departures(self._context.settings.departures_path)
            made_at = datetime.fromisoformat(facts["last_beat"])
            left = apply_departures(self._context, departures, made_at)
            event.add(paused_issues=paused, **{kind.value: count for kind, count in left.items()})
        return paused


def record_unknown_acceptances(context: Context, session: Session, owners: Sequence[str]) -> None:
    """Copies that the relay took, as the journals of `owners` say, while the database has them as
    waiting. Only a restored backup can: marks them as accepted, and pauses what is under way.

    Call it with the batches of `owners` locked, while their leases are still recorded.
    """
    accepted: dict[int, dict[ClaimKey, Accepted]] = {}
    for owner in owners:
        for line, outcome in read_evidence(context.settings.journal_path, owner).dots.items():
            if isinstance(outcome, Accepted):
                accepted.setdefault(line[0], {})[line] = outcome
    copies = sum(
        unknown_acceptances.record(session, edition_id, lines, context.now())
        for edition_id, lines in accepted.items()
    )
    if copies:
        with telemetry.wide_event(
            "the journal knows more than the database", copies=copies
        ) as event:
            facts = {"sign": "journal", "copies": copies}
            event.add(paused_issues=pause_what_is_under_way(context, session, facts))


def pause_what_is_under_way(
    context: Context, session: Session, facts: Mapping[str, Any]
) -> list[int]:
    """Issues that are being sent, and those that are due: they may have been sent since."""
    now = context.now()
    return [
        issue.id
        for issue in due.under_way(session, now)
        if states.pause(
            session,
            issue.id,
            PauseCause.RESTORED,
            {**facts, "zone": issue.newsletter.time_zone},
            now,
            before=IssueState(issue.state),
        )
    ]
