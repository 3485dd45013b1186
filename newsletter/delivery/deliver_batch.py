"""Delivers a batch: claims, sends and records one window after another.

A claim is committed before anything of its window is sent. One transaction records the outcomes of
a window and claims the next. In between, the journal knows which dots were sent and which replies
came, so that a killed process leaves one message uncertain for each of its connections.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import timedelta
from functools import partial
from itertools import count
from typing import NamedTuple

from sqlalchemy import select

from newsletter.delivery.judge_attempt import record_missing_relay
from newsletter.delivery.leases import Leases
from newsletter.delivery.pace import Reservation
from newsletter.delivery.record_and_claim import BatchLedger, WindowResult
from newsletter.delivery.retry_while_database_is_down import (
    DATABASE_DOWN,
    retry_while_database_is_down,
)
from newsletter.delivery.transmission import Transmitter
from newsletter.delivery.window import Window
from newsletter.delivery.window_sizes import MOST
from newsletter.domain.delivery.outcomes import Outcome, Paced, RelayTrouble, Unsendable, Withheld
from newsletter.domain.errors import Misconfigured
from newsletter.domain.issues.issue import IssueState
from newsletter.mail.envelope import Envelope
from newsletter.mail.smtp.relay import Relay, relay_names
from newsletter.rendering.edition.edition import RenderedEdition
from newsletter.spool.journal import Journal
from newsletter.store.models import Batch, Edition, Issue, Newsletter
from newsletter.store.newsletters import profile_of
from newsletter.store.sending import batches, relay_pauses, windows
from newsletter.store.sending.ledger import Claimed
from newsletter.usecases.context import Context
from newsletter.usecases.sending.compose_copy import Composer, FrozenEdition

CHECK_EVERY_S = 0.5
"""How often a long window checks whether it may go on, and whether a reader has left."""
TURN_S = 5.0
"""After this the thread is given back, because a confirmation may be waiting for it."""
KEEP_THREAD_S = 1.0
"""How long to wait for relay capacity before giving the thread back."""

_ASK_AGAIN = Reservation(None, 0)


class Tools(NamedTuple):
    """What the deliveries of a worker process share."""

    context: Context
    transmitter: Transmitter
    leases: Leases
    journal: Journal
    stop: threading.Event


def deliver_batch(tools: Tools, batch_id: int) -> dict[str, int]:
    """Works until nothing of the batch is pending, its turn is over, or it may not go on.

    Returns the number of copies by outcome.
    """
    context, leases, lease = tools.context, tools.leases, ("batch", batch_id)
    if not _has_relay(tools):
        return {"no_relay": 1}
    asked_at_s = retry_while_database_is_down(lambda: _take_lease(context, leases, batch_id))
    if asked_at_s is None:
        return {"not_ours": 1}
    leases.record([lease], asked_at_s)
    tools.transmitter.pacer.refresh_now()
    try:
        work = _BatchWork(
            tools, batch_id, retry_while_database_is_down(lambda: _load(context, batch_id))
        )
        rest_s = work.run()
        # Not after an exception: then the lease runs out, and the sweeper recovers the batch.
        retry_while_database_is_down(lambda: _release(context, leases, batch_id, rest_s))
    finally:
        leases.drop([lease])
    return dict(work.tally)


def _has_relay(tools: Tools) -> bool:
    """Wrong settings are recorded as relay trouble."""
    try:
        _ = tools.transmitter.pacer
    except Misconfigured as error:
        reason = str(error)
        retry_while_database_is_down(lambda: record_missing_relay(tools.context, reason))
        return False
    return True


def _take_lease(context: Context, leases: Leases, batch_id: int) -> float | None:
    """The monotonic time of the request; None if the lease was not given."""
    asked_at_s, now = time.monotonic(), context.now()
    with context.database.write() as session:
        if relay_pauses.pause_of_all(session, now, relay_names(context.settings)):
            return None
        until = now + leases.duration
        is_taken = batches.take_lease(session, batch_id, leases.owner, now, until)
    return asked_at_s if is_taken else None


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


def _release(context: Context, leases: Leases, batch_id: int, rest_s: float) -> None:
    with context.database.write() as session:
        not_before = context.now() + timedelta(seconds=rest_s) if rest_s else None
        batches.release(session, batch_id, leases.owner, not_before)


class _BatchWork:
    def __init__(self, tools: Tools, batch_id: int, edition: FrozenEdition) -> None:
        self._context, self._transmitter, leases, self._journal, self._stop = tools
        self._pacer = tools.transmitter.pacer
        self._batch_id = batch_id
        self._edition = edition
        self._may_finish = partial(leases.is_valid, ("batch", batch_id))
        self._ledger = BatchLedger(tools.context, batch_id, leases.owner, edition)
        self._turn_ends_s = time.monotonic() + TURN_S
        self._composer: Composer | None = None
        self.tally: Counter[str] = Counter()

    def run(self) -> float:
        """Returns for how many seconds the batch must rest, because the relays have no capacity.

        After an exception, the open copies stay in the journal for recovery.
        """
        result, noted_in = WindowResult(), None
        while True:
            number = self._open_journal(result)
            reservation = self._reserve(result)
            claimed = self._record_and_claim(result, reservation)
            self._close_journal(noted_in)
            self._transmitter.lessons.keep()
            if result.changes_pace:
                self._pacer.refresh_now()
            if reservation is None:
                break
            if not claimed:
                self._pacer.give_back(reservation, reservation.count)
            if claimed is None or reservation.wait_s > KEEP_THREAD_S:
                break
            result, noted_in = self._hand_over(claimed, reservation), number
        self._close_journal(number)
        return reservation.wait_s if reservation else 0.0

    def _reserve(self, result: WindowResult) -> Reservation | None:
        """How much may be claimed next; None to claim nothing more."""
        if result.journal_error or self._stop.is_set() or time.monotonic() > self._turn_ends_s:
            return None
        if not self._may_finish():  # nothing can be handed over until the lease is renewed
            return None
        if result.changes_pace:  # other workers see it only once it is recorded
            return _ASK_AGAIN
        return self._pacer.reserve(MOST, self._transmitter.window_sizes.size)

    # --- On the wire

    def _hand_over(self, claimed: list[Claimed], reservation: Reservation) -> WindowResult:
        if reservation.relay is None:
            self._stop.wait(reservation.wait_s)
            return WindowResult()
        readers, waiting = self._split_by_pace(claimed)
        result = (
            self._send(readers, reservation.relay)
            if readers
            else WindowResult(reservation.relay.name)
        )
        result.is_slow = reservation.is_slow
        by_domain = [(reader.domain, outcome) for reader, outcome in result.outcomes]
        result.blocks = self._pacer.record_outcomes(result.relay, by_domain)
        unused = reservation.count - sum(_was_tried(outcome) for _, outcome in by_domain)
        self._pacer.give_back(reservation.without_pace if result.throttled else reservation, unused)
        result.outcomes += waiting
        for _, outcome in result.outcomes:
            self.tally[type(outcome).__name__.lower()] += 1
        return result

    def _split_by_pace(
        self, claimed: list[Claimed]
    ) -> tuple[list[Claimed], list[tuple[Claimed, Outcome]]]:
        """(copies to send now, copies that wait for their domain)."""
        delays = self._pacer.delays([reader.domain for reader in claimed])
        waiting: list[tuple[Claimed, Outcome]] = [
            (reader, delay) for reader, delay in zip(claimed, delays, strict=True) if delay
        ]
        if not waiting:
            return claimed, []
        now = [reader for reader, delay in zip(claimed, delays, strict=True) if not delay]
        return now, waiting

    def _send(self, readers: list[Claimed], relay: Relay) -> WindowResult:
        refusals = self._transmitter.refusals
        note = partial(refusals.note_copy, relay.name)
        window = Window(readers, self._compose, self._may_finish, self._journal, note)
        courier = self._transmitter.courier
        sizes, began_s = self._transmitter.window_sizes, time.monotonic()
        with sizes.under_way(relay):
            courier.submit(relay, window)
            while not window.is_finished.wait(CHECK_EVERY_S):
                courier.raise_if_broken()
                self._check_under_way(window)
        sizes.record(relay, len(readers), time.monotonic() - began_s)
        outcomes, refused_before = refusals.revise(relay.name, window.outcomes)
        return WindowResult(
            relay.name,
            outcomes=outcomes,
            trouble=window.trouble,
            throttled=window.throttled,
            refused_before=refused_before,
            doubted=refusals.doubted(relay.name, outcomes),
            journal_error=window.journal_error,
        )

    def _compose(self, reader: Claimed) -> tuple[Envelope, bytes]:
        if self._composer is None:
            self._composer = Composer(self._context, self._edition)
        envelope, message = self._composer.compose(reader)
        return envelope, self._transmitter.signed(message, self._context.now())

    def _check_under_way(self, window: Window) -> None:
        """Holds back what must not go out any more: the window may take long on a slow relay."""
        try:
            with self._context.database.read() as session:
                state = session.scalar(
                    select(Issue.state).where(Issue.id == self._edition.issue_id)
                )
                left = windows.readers_who_left(session, self._batch_id)
        except DATABASE_DOWN:
            state, left = IssueState.SENDING, set()
        if self._stop.is_set() or state != IssueState.SENDING:
            self._transmitter.courier.call(window.withdraw)
        elif left:
            self._transmitter.courier.call(partial(window.withhold, left))

    # --- Ledger and journal

    def _record_and_claim(
        self, result: WindowResult, reservation: Reservation | None
    ) -> list[Claimed] | None:
        """Waits for the database, so that a restart loses no outcome."""
        tries = count()

        def transaction() -> list[Claimed] | None:
            with self._context.database.write() as session:
                return self._ledger.record_and_claim(
                    session, result, reservation, is_repeated=next(tries) > 0
                )

        return retry_while_database_is_down(transaction)

    def _open_journal(self, result: WindowResult) -> int | None:
        """None if it can't be written: then the work ends after recording `result`."""
        try:
            return self._journal.open_window()
        except OSError as error:
            result.journal_error = error.strerror or str(error)
            return None

    def _close_journal(self, number: int | None) -> None:
        if number is not None:
            self._journal.close_window(number)


def _was_tried(outcome: Outcome) -> bool:
    return not isinstance(outcome, Withheld | RelayTrouble | Unsendable | Paced)
