"""Keeps what a process learned of a relay's pipelining in the database, and brings it back."""

from __future__ import annotations

import threading

from newsletter import telemetry
from newsletter.delivery.retry_while_database_is_down import (
    DATABASE_DOWN,
    retry_while_database_is_down,
)
from newsletter.domain.delivery.pipelining import Learned
from newsletter.mail.smtp.learner import Learner
from newsletter.mail.smtp.relay import Relay
from newsletter.store.sending.relay_pipelining import lessons_by_relay, record_lesson
from newsletter.usecases.context import Context


class RelayLessons:
    """One for each process, shared by its threads."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._learners: dict[str, Learner] = {}
        self._kept: dict[str, Learned] = {}

    def learner_of(self, relay: Relay) -> Learner:
        """Reads the database at the first call for each relay."""
        with self._lock:
            learner = self._learners.get(relay.name)
            if learner is None:
                known = retry_while_database_is_down(lambda: self._recall(relay.name))
                learner = Learner(relay.pipelining, known, self._context.now)
                self._learners[relay.name], self._kept[relay.name] = learner, known
            return learner

    def keep(self) -> None:
        """Writes down what was learned since the last call, which is rarely anything."""
        with self._lock:
            for relay, learner in self._learners.items():
                before, learned = self._kept[relay], learner.learned
                if learned != before and self._record(relay, learned):
                    self._kept[relay] = learned
                    if learned.refused_at != before.refused_at and learned.refused is not None:
                        _log_step_back(relay, learned)

    def _recall(self, relay: str) -> Learned:
        with self._context.database.read() as session:
            lesson = lessons_by_relay(session).get(relay)
        return lesson.learned if lesson else Learned()

    def _record(self, relay: str, learned: Learned) -> bool:
        """False while the database is down: the next call writes it."""
        try:
            with self._context.database.write() as session:
                record_lesson(session, relay, learned, self._context.now())
        except DATABASE_DOWN:
            return False
        return True


def _log_step_back(relay: str, learned: Learned) -> None:
    with telemetry.wide_event("relay refuses pipelining") as event:
        event.add(relay=relay, pipelining=learned.level.word, reason=learned.reason)
