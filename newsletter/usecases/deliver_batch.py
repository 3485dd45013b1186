"""Delivering a batch: claim in the database, hand over to the relay, write down what it said.

Each message is claimed before anything of it is sent, and its outcome is committed, together with
the next claim, before the next one begins. So a killed worker leaves one open line for each of
its connections, and no more.
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
    DeliveryState,
    Outcome,
    Rejected,
    RelayTrouble,
    Unsendable,
    Withheld,
)
from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues import IssueState
from newsletter.rendering.edition import RenderedEdition
from newsletter.store import batches, ledger, relay_pauses
from newsletter.store.models import Batch, Edition, Issue, Newsletter, Subscriber
from newsletter.store.newsletters import profile_of
from newsletter.store.suppressions import suppress_subscriber
from newsletter.usecases.compose_copy import FrozenEdition, compose_copy
from newsletter.usecases.context import Context
from newsletter.usecases.judge_attempt import judge_attempt, note_relay_trouble
from newsletter.usecases.leases import Leases
from newsletter.usecases.transmission import Transmitter

WINDOW = 1
"""Messages claimed, and committed, at a time."""

DATABASE_RETRY_S = 0.5
DATABASE_PATIENCE_S = 600
"""How long an outcome is kept in hand while the database is away, before it is given up."""


def deliver_batch(
    context: Context,
    transmitter: Transmitter,
    leases: Leases,
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
        work = _BatchWork(context, transmitter, leases, stop, batch_id, _load(context, batch_id))
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


@dataclass(frozen=True, slots=True)
class _Attempt:
    claimed: ledger.Claimed
    outcome: Outcome

    @property
    def ends_work(self) -> bool:
        return isinstance(self.outcome, RelayTrouble | Withheld)


@dataclass
class _BatchWork:
    context: Context
    transmitter: Transmitter
    leases: Leases
    stop: threading.Event
    batch_id: int
    edition: FrozenEdition
    tally: Counter[str] = field(default_factory=Counter)
    is_relay_proven: bool = False
    """It answered as it should in this batch: whatever trouble was noted is over."""

    def run(self) -> None:
        window = self._persist([])
        while window:
            window = self._persist(self._hand_over(window))

    def _persist(self, attempts: list[_Attempt]) -> list[ledger.Claimed]:
        """The last outcomes and the next claim, in one transaction; empty when the work ends."""
        give_up_at_s = time.monotonic() + DATABASE_PATIENCE_S
        is_repeated = False
        while True:
            try:
                with self.context.database.write() as session:
                    return self._write_down_and_claim(session, attempts, is_repeated=is_repeated)
            except OperationalError:
                # What the relay took must not be forgotten because the database was restarted.
                if time.monotonic() > give_up_at_s:
                    raise
                is_repeated = True
                time.sleep(DATABASE_RETRY_S)

    def _write_down_and_claim(
        self, session: Session, attempts: list[_Attempt], *, is_repeated: bool
    ) -> list[ledger.Claimed]:
        if not batches.is_held(session, self.batch_id, self.leases.owner):
            return []
        for attempt in attempts:
            self._write_down(session, attempt)
        if is_repeated:
            # A commit whose answer was lost may have claimed for us what we never saw.
            ledger.put_back(session, self.batch_id, self.context.now())
        if any(attempt.ends_work for attempt in attempts) or not self._may_go_on(session):
            return []
        return self._claim(session)

    def _claim(self, session: Session) -> list[ledger.Claimed]:
        now = self.context.now()
        if now >= self.edition.expires_at:
            detail = "The issue expired before its turn came."
            ledger.close_waiting(session, self.edition.id, now, DeliveryState.EXPIRED, detail)
        claimed = ledger.claim_window(session, self.batch_id, now, WINDOW)
        if not claimed:
            batches.close_if_done(session, self.batch_id, now)
        return claimed

    def _may_go_on(self, session: Session) -> bool:
        if self.stop.is_set():
            return False
        state = session.scalar(select(Issue.state).where(Issue.id == self.edition.issue_id))
        return state == IssueState.SENDING

    def _hand_over(self, window: list[ledger.Claimed]) -> list[_Attempt]:
        attempts: list[_Attempt] = []
        for reader in window:
            stopped = bool(attempts) and attempts[-1].ends_work
            outcome = Withheld() if stopped else self._hand_over_one(reader)
            attempts.append(_Attempt(reader, outcome))
            self.tally[type(outcome).__name__.lower()] += 1
        return attempts

    def _hand_over_one(self, reader: ledger.Claimed) -> Outcome:
        context = self.context
        try:
            envelope, message = compose_copy(context, self.edition, reader)
        except InvalidInput as error:
            return Unsendable(f"This copy can't be made: {error}")
        return self.transmitter.hand_over(
            envelope,
            message,
            context.now(),
            may_finish=lambda: self.leases.is_valid(("batch", self.batch_id)),
        )

    def _write_down(self, session: Session, attempt: _Attempt) -> None:
        context, outcome, reader = self.context, attempt.outcome, attempt.claimed
        now = context.now()
        verdict = judge_attempt(
            context.settings, outcome, reader.attempts, now, self.edition.expires_at
        )
        ledger.record(session, reader, self.batch_id, verdict, now)
        if isinstance(outcome, RelayTrouble):
            note_relay_trouble(session, context.settings, self.transmitter.relay_name, outcome, now)
        elif not attempt.ends_work and not self.is_relay_proven:
            relay_pauses.forget_trouble(session)
            self.is_relay_proven = True
        if isinstance(outcome, Rejected) and outcome.is_hard:
            self._suppress(session, reader, outcome)
        if isinstance(outcome, Rejected) and outcome.is_message_fault:
            self._pause_issue(session, outcome)

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

    def _pause_issue(self, session: Session, outcome: Rejected) -> None:
        session.execute(
            update(Issue)
            .where(Issue.id == self.edition.issue_id, Issue.state == IssueState.SENDING)
            .values(
                state=IssueState.PAUSED,
                state_at=self.context.now(),
                state_reason=f"The relay refuses the message itself: {outcome.reply}",
            )
        )
