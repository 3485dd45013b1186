"""Counts refusals that come back alike, for each relay, in this process.

The rule is domain/delivery/refusals.py.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from newsletter.domain.delivery.outcomes import (
    Accepted,
    Outcome,
    Rejected,
    RelayTrouble,
    trouble_of_all,
    with_relay_name,
)
from newsletter.domain.delivery.refusals import Run, likeness, may_mean_us
from newsletter.store.sending.ledger import Claimed

SETTLES_AFTER_S = 30.0
"""After a verdict, refusals alike share it for this long: those were under way."""


class CopyKey(NamedTuple):
    edition_id: int
    subscriber_id: int


_Runs = dict[str, Run[CopyKey | None]]


class RefusalRuns:
    """Shared by the threads of a worker process."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._runs: dict[str, _Runs] = {}
        self._judged_at_s: dict[str, float] = {}

    def note_copy(self, relay: str, reader: Claimed, outcome: Outcome) -> RelayTrouble | None:
        """Counts one outcome. Returns the trouble when the refusals so far mean us."""
        if isinstance(outcome, Accepted) and not self._runs:
            return None  # nearly always
        return self.note(relay, reader.domain, outcome, key_of(reader))

    def note(
        self, relay: str, domain: str, outcome: Outcome, key: CopyKey | None = None
    ) -> RelayTrouble | None:
        """As `note_copy`. Mail to one person has no key."""
        with self._lock:
            if isinstance(outcome, Accepted) or self._has_settled(relay):
                self._runs.pop(relay, None)
                self._judged_at_s.pop(relay, None)
            if not isinstance(outcome, Rejected) or not may_mean_us(outcome):
                return None
            run = self._runs.setdefault(relay, {}).setdefault(likeness(outcome.reply), Run())
            run.add(key, domain)
            if not run.means_us(outcome):
                return None
            self._judged_at_s.setdefault(relay, self._clock_s())
            return _trouble(relay, outcome)

    def doubted(self, relay: str, outcomes: Sequence[tuple[Claimed, Outcome]]) -> set[int]:
        """Subscribers whose refusal may mean us: several alike, and nothing accepted since."""
        with self._lock:
            runs = self._runs.get(relay, {})
            if not any(run.may_mean_us for run in runs.values()):
                return set()
            return {
                reader.subscriber_id
                for reader, outcome in outcomes
                if isinstance(outcome, Rejected)
                and (run := runs.get(likeness(outcome.reply))) is not None
                and run.may_mean_us
            }

    def _has_settled(self, relay: str) -> bool:
        judged_at_s = self._judged_at_s.get(relay)
        return judged_at_s is not None and self._clock_s() - judged_at_s > SETTLES_AFTER_S

    def revise(
        self, relay: str, outcomes: Sequence[tuple[Claimed, Outcome]]
    ) -> tuple[list[tuple[Claimed, Outcome]], list[CopyKey]]:
        """(the outcomes, where refusals that mean us are trouble of the relay; refused copies of
        the same runs from windows before).
        """
        with self._lock:
            if relay not in self._judged_at_s:
                return list(outcomes), []
            runs = self._runs.get(relay, {})
            before: set[CopyKey] = set()
            revised = [
                (reader, _revised(relay, runs, outcome, before)) for reader, outcome in outcomes
            ]
        return revised, sorted(before - {key_of(reader) for reader, _ in outcomes})


def key_of(reader: Claimed) -> CopyKey:
    return CopyKey(reader.edition_id, reader.subscriber_id)


def _revised(relay: str, runs: _Runs, outcome: Outcome, before: set[CopyKey]) -> Outcome:
    """Moves the keys of its run, if that means us, to `before`."""
    if not isinstance(outcome, Rejected) or not may_mean_us(outcome):
        return outcome
    run = runs.get(likeness(outcome.reply))
    if run is None or not run.means_us(outcome):
        return outcome
    before.update(key for key in run.keys if key is not None)
    run.keys.clear()
    return _trouble(relay, outcome)


def _trouble(relay: str, outcome: Rejected) -> RelayTrouble:
    trouble = with_relay_name(trouble_of_all(outcome), relay)
    assert isinstance(trouble, RelayTrouble)  # noqa: S101  it only gets a name
    return trouble
