"""Delivering a batch: window after window is claimed, handed over, and written down.

A window is claimed and the claim committed before anything of it is sent; its outcomes and the
next claim are one transaction. In between, the journal knows which dots were sent and what came of
them, so that a killed process leaves one message in doubt for each of its connections.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from newsletter.domain.addresses import address_hash
from newsletter.domain.consent import SuppressionReason
from newsletter.domain.deliveries import (
    Accepted,
    DeliveryState,
    Outcome,
    Rejected,
    RelayTrouble,
)
from newsletter.domain.issues import IssueState
from newsletter.mail.envelope import Envelope
from newsletter.rendering.edition import RenderedEdition
from newsletter.store import batches, ledger, relay_pauses, windows
from newsletter.store.journal import Journal
from newsletter.store.models import Batch, Edition, Issue, Newsletter, Subscriber
from newsletter.store.newsletters import profile_of
from newsletter.store.suppressions import suppress_subscriber
from newsletter.usecases.compose_copy import FrozenEdition, compose_copy
from newsletter.usecases.context import Context
from newsletter.usecases.judge_attempt import judge_attempt, note_relay_trouble
from newsletter.usecases.leases import Leases
from newsletter.usecases.transmission import Transmitter
from newsletter.usecases.window import Window

WINDOW = 100
"""Messages claimed at a time, at most."""
WINDOW_S = 0.25
"""A window is so much work, as fast as the last one went."""
LOOK_S = 0.5
"""How often a window that takes long looks whether it should go on at all."""

DATABASE_RETRY_S = 0.5
DATABASE_PATIENCE_S = 600
"""How long outcomes are kept in hand while the database is away, before they are given up."""


def deliver_batch(  # noqa: PLR0913, PLR0917  what a worker process has
    context: Context,
    transmitter: Transmitter,
    leases: Leases,
    journal: Journal,
    batch_id: int,
    stop: threading.Event,
) -> dict[str, int]:
    """Works until nothing of the batch is pending, or it may not go on; counts by outcome."""
    lease = ("batch", batch_id)
    asked_at_s = time.monotonic()
    if not _take_lease(context, leases, batch_id):
        return {"not_ours": 1}
    leases.note([lease], asked_at_s)
    try:
        edition = _load(context, batch_id)
        work = _BatchWork(context, transmitter, leases, journal, stop, batch_id, edition)
        work.run()
        # Not after an exception: then the lease runs out, and the sweeper judges what is open.
        with context.database.write() as session:
            batches.release(session, batch_id, leases.owner)
    finally:
        leases.drop([lease])
    return dict(work.tally)


def _take_lease(context: Context, leases: Leases, batch_id: int) -> bool:
    now = context.now()
    with context.database.write() as session:
        if relay_pauses.current_pause(session, now):
            return False
        return batches.take_lease(session, batch_id, leases.owner, now, now + leases.duration)


def _load(context: Context, batch_id: int) -> FrozenEdition:
    with context.database.read() as session:
        edition, newsletter = session.execute(
            select(Edition, Newsletter)
            .join(Batch, Batch.edition_id == Edition.id)
            .join(Newsletter, Newsletter.id == Edition.newsletter_id)
            .where(Batch.id == batch_id)
        ).one()
        return FrozenEdition(
            id=edition.id,
            issue_id=edition.issue_id,
            frozen_at=edition.frozen_at,
            expires_at=edition.expires_at,
            rendered=RenderedEdition.from_json(edition.content),
            profile=profile_of(newsletter),
        )


@dataclass(slots=True)
class _Results:
    """Of one window: what became of its copies, and what was found out about the relay."""

    relay: str = ""
    outcomes: list[tuple[ledger.Claimed, Outcome]] = field(default_factory=list)
    trouble: RelayTrouble | None = None
    fault: str = ""

    @property
    def ends_work(self) -> bool:
        return self.trouble is not None or bool(self.fault)


@dataclass
class _BatchWork:
    context: Context
    transmitter: Transmitter
    leases: Leases
    journal: Journal
    stop: threading.Event
    batch_id: int
    edition: FrozenEdition
    tally: Counter[str] = field(default_factory=Counter)
    limit: int = WINDOW
    is_relay_proven: bool = False
    """It answered as it should in this batch: whatever trouble was noted is over."""

    def run(self) -> None:
        """What an exception leaves open stays in the journal, for whoever recovers it."""
        results, noted_in = _Results(), None
        while True:
            number = self._open_journal(results)
            claimed = self._persist(results)
            if noted_in is not None:
                self.journal.close_window(noted_in)
            if not claimed:
                break
            results, noted_in = self._hand_over(claimed), number
        if number is not None:
            self.journal.close_window(number)

    def _open_journal(self, results: _Results) -> int | None:
        """None when it can't be: then the work ends with what is in hand."""
        try:
            return self.journal.open_window()
        except OSError as error:
            results.fault = error.strerror or str(error)
            return None

    # --- On the wire

    def _hand_over(self, claimed: list[ledger.Claimed]) -> _Results:
        relay = self.transmitter.relay
        window = Window(claimed, self._compose, self._may_finish, self.journal)
        began_s = time.monotonic()
        self.transmitter.submit(relay, window)
        while not window.is_finished.wait(LOOK_S):
            self.transmitter.courier.require_whole()
            if self.stop.is_set() or not self._is_wanted():
                self.transmitter.courier.call(window.withdraw)
        self._adapt(len(claimed), time.monotonic() - began_s, relay.connections)
        for _, outcome in window.outcomes:
            self.tally[type(outcome).__name__.lower()] += 1
        return _Results(relay.name, window.outcomes, window.trouble, window.fault)

    def _compose(self, reader: ledger.Claimed) -> tuple[Envelope, bytes]:
        envelope, message = compose_copy(self.context, self.edition, reader)
        return envelope, self.transmitter.signed(message, self.context.now())

    def _adapt(self, messages: int, took_s: float, connections: int) -> None:
        fits = int(messages * WINDOW_S / max(took_s, 0.001))
        self.limit = min(WINDOW, max(fits, min(connections, WINDOW)))

    def _may_finish(self) -> bool:
        return self.leases.is_valid(("batch", self.batch_id))

    def _is_wanted(self) -> bool:
        with self.context.database.read() as session:
            state = session.scalar(select(Issue.state).where(Issue.id == self.edition.issue_id))
        return state == IssueState.SENDING

    # --- In the ledger

    def _persist(self, results: _Results) -> list[ledger.Claimed]:
        """The last outcomes and the next claim, in one transaction; empty when the work ends."""
        give_up_at_s = time.monotonic() + DATABASE_PATIENCE_S
        is_repeated = False
        while True:
            try:
                with self.context.database.write() as session:
                    return self._write_down_and_claim(session, results, is_repeated=is_repeated)
            except OperationalError:
                # What the relay took must not be forgotten because the database was restarted.
                if time.monotonic() > give_up_at_s:
                    raise
                is_repeated = True
                time.sleep(DATABASE_RETRY_S)

    def _write_down_and_claim(
        self, session: Session, results: _Results, *, is_repeated: bool
    ) -> list[ledger.Claimed]:
        owner, state = windows.gate(session, self.batch_id)
        if owner != self.leases.owner:
            return []
        self._write_down(session, results)
        if is_repeated:
            # A commit whose answer was lost may have claimed for us what we never saw.
            ledger.put_back(session, self.batch_id, self.context.now())
        if results.ends_work or self.stop.is_set() or state != IssueState.SENDING:
            return []
        return self._claim(session)

    def _claim(self, session: Session) -> list[ledger.Claimed]:
        now = self.context.now()
        if now >= self.edition.expires_at:
            detail = "The issue expired before its turn came."
            ledger.close_waiting(session, self.edition.id, now, DeliveryState.EXPIRED, detail)
        claimed = windows.claim_window(session, self.edition.id, self.batch_id, now, self.limit)
        if not claimed:
            batches.close_if_done(session, self.batch_id, now)
        return claimed

    def _write_down(self, session: Session, results: _Results) -> None:
        now, settings = self.context.now(), self.context.settings
        verdicts = [
            (
                reader.subscriber_id,
                judge_attempt(settings, outcome, reader.attempts, now, self.edition.expires_at),
            )
            for reader, outcome in results.outcomes
        ]
        windows.record_window(session, self.edition.id, self.batch_id, verdicts, results.relay, now)
        self._note_relay(session, results)
        for reader, outcome in results.outcomes:
            if isinstance(outcome, Rejected):
                self._note_rejection(session, reader, outcome)
        if results.fault:
            self._pause_issue(
                session,
                f"The worker {self.leases.owner} can't write its journal in "
                f"{settings.journal_path}: {results.fault}. Make room there, and resume.",
            )

    def _note_relay(self, session: Session, results: _Results) -> None:
        if results.trouble is not None:
            now = self.context.now()
            note_relay_trouble(session, self.context.settings, results.relay, results.trouble, now)
        elif not self.is_relay_proven and any(
            isinstance(outcome, Accepted | Rejected) for _, outcome in results.outcomes
        ):
            relay_pauses.forget_trouble(session)
            self.is_relay_proven = True

    def _note_rejection(self, session: Session, reader: ledger.Claimed, outcome: Rejected) -> None:
        if outcome.is_hard:
            self._suppress(session, reader, outcome)
        if outcome.is_message_fault:
            self._pause_issue(session, f"The relay refuses the message itself: {outcome.reply}")

    def _suppress(self, session: Session, reader: ledger.Claimed, outcome: Rejected) -> None:
        hash_key = self.context.settings.address_hash_key.encode()
        suppress_subscriber(
            session,
            session.get_one(Subscriber, reader.subscriber_id),
            address_hash=address_hash(reader.address, hash_key),
            reason=SuppressionReason.HARD_BOUNCE,
            detail=str(outcome.reply),
            actor="relay",
            now=self.context.now(),
        )

    def _pause_issue(self, session: Session, reason: str) -> None:
        session.execute(
            update(Issue)
            .where(Issue.id == self.edition.issue_id, Issue.state == IssueState.SENDING)
            .values(state=IssueState.PAUSED, state_at=self.context.now(), state_reason=reason)
        )
