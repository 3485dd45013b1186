"""Records the outcomes of one window of a batch and claims the next, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.delivery.judge_attempt import (
    judge_attempt,
    record_relay_trouble,
    record_throttling,
)
from newsletter.delivery.pace import Reservation
from newsletter.delivery.refusal_runs import CopyKey
from newsletter.delivery.repair_ledger import repair_batch
from newsletter.domain.actions import PauseCause
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.delivery.outcomes import Accepted, Outcome, Rejected, RelayTrouble, Throttled
from newsletter.domain.delivery.relay_pace import grown_relay
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.readers.addresses import hashed_address
from newsletter.domain.readers.consent import SuppressionReason, SuppressionSource
from newsletter.domain.staff.principals import SYSTEM
from newsletter.mail.smtp.relay import relay_names
from newsletter.store.issues import states
from newsletter.store.models import Subscriber
from newsletter.store.readers.suppressions import Cause, suppress_subscriber
from newsletter.store.sending import (
    batches,
    learned_paces,
    ledger,
    relay_pauses,
    resends,
    windows,
)
from newsletter.store.sending.domain_pauses import DomainTrouble, pause_domain
from newsletter.store.sending.ledger import Claimed
from newsletter.usecases.context import Context
from newsletter.usecases.sending.compose_copy import FrozenEdition


@dataclass(slots=True)
class WindowResult:
    """The outcomes of one window, and what they say about the relay and recipient domains."""

    relay: str = ""
    is_slow: bool = False
    """The relay was known to take mail slowly."""
    outcomes: list[tuple[Claimed, Outcome]] = field(default_factory=list)
    trouble: RelayTrouble | None = None
    throttled: Throttled | None = None
    """The relay takes no more for the moment."""
    refused_before: list[CopyKey] = field(default_factory=list)
    """Copies that were recorded as refused, though the relay refuses everybody alike."""
    doubted: set[int] = field(default_factory=set)
    """Subscribers who are not suppressed for their refusal, as it may mean us."""
    blocks: list[DomainTrouble] = field(default_factory=list)
    journal_error: str = ""
    """Why the journal can't be written; "" while it can."""

    @property
    def changes_pace(self) -> bool:
        return self.trouble is not None or self.throttled is not None or bool(self.blocks)

    @property
    def accepted(self) -> int:
        return sum(isinstance(outcome, Accepted) for _, outcome in self.outcomes)


class BatchLedger:
    """The ledger of one batch, for as long as `owner` has its lease."""

    def __init__(self, context: Context, batch_id: int, owner: str, edition: FrozenEdition) -> None:
        self._context = context
        self._batch_id = batch_id
        self._owner = owner
        self._edition = edition
        self._proven: set[str] = set()
        """Relays that answered normally: their recorded trouble is over."""

    def record_and_claim(
        self,
        session: Session,
        result: WindowResult,
        reservation: Reservation | None,
        *,
        is_repeated: bool,
    ) -> list[Claimed] | None:
        """Records `result` and claims as many copies as `reservation` allows. The caller commits.

        Locks the batch where the database can. Returns None when the work ends: the batch is no
        longer ours, its issue may not go on, no copy is left, or `reservation` is None.
        `is_repeated`: an earlier call with the same `result` may have been committed, although its
        confirmation was lost.
        """
        owner, state = windows.lock_batch(session, self._batch_id)
        if owner != self._owner:
            return None
        self._record(session, result)
        if is_repeated:
            # It may have claimed copies that we never saw.
            ledger.release_claims(session, self._batch_id, self._context.now())
        if state == IssueState.CANCELLED:
            self._cancel(session)
        if reservation is None or result.journal_error or state != IssueState.SENDING:
            return None
        return self._claim(session, reservation)

    def _claim(self, session: Session, reservation: Reservation) -> list[Claimed] | None:
        now, edition = self._context.now(), self._edition
        if now >= edition.expires_at:  # left to the sweeper: the clock may have been set
            return None
        if reservation.relay is None:
            return []
        claimed = windows.claim_window(
            session, edition.id, self._batch_id, reservation.relay.name, now, reservation.count
        )
        if not claimed and not batches.close_if_done(session, self._batch_id, now):
            self._repair(session, now)
        return claimed or None

    def _cancel(self, session: Session) -> None:
        """Closes copies that came back from the wire after the issue was cancelled."""
        now = self._context.now()
        ledger.close_waiting(session, self._edition.id, now, DeliveryState.CANCELLED, "Cancelled.")
        batches.close_if_done(session, self._batch_id, now)

    def _repair(self, session: Session, now: datetime) -> None:
        """Call it when nothing can be claimed and nothing is on the wire, yet a line is open."""
        edition = (self._edition.id, self._edition.issue_id)
        repair_batch(session, self._context.settings, edition, self._batch_id, now)

    def _record(self, session: Session, result: WindowResult) -> None:
        now, settings, draw = self._context.now(), self._context.settings, self._context.draw
        expires_at = self._edition.expires_at
        records = [
            (
                reader.subscriber_id,
                judge_attempt(settings, outcome, reader.attempts, now, expires_at, draw()),
            )
            for reader, outcome in result.outcomes
        ]
        # Before the deliveries, as unsubscribing locks the subscription first, too.
        for reader, outcome in result.outcomes:
            if isinstance(outcome, Rejected):
                is_doubted = reader.subscriber_id in result.doubted
                self._apply_rejection(session, reader, outcome, is_doubted=is_doubted)
        windows.record_window(session, self._edition.id, self._batch_id, records, now)
        self._record_relay_state(session, result)
        for trouble in result.blocks:
            pause_domain(session, trouble, self._edition.issue_id, now)
        if result.journal_error:
            facts = {
                "worker": self._owner,
                "directory": str(settings.journal_path),
                "fault": result.journal_error,
            }
            self._pause_issue(session, PauseCause.JOURNAL, facts)

    def _record_relay_state(self, session: Session, result: WindowResult) -> None:
        if result.trouble is not None:
            self._record_trouble(session, result, result.trouble)
        elif result.relay not in self._proven and any(
            isinstance(outcome, Accepted | Rejected) for _, outcome in result.outcomes
        ):
            relay_pauses.clear_trouble(session, result.relay)
            self._proven.add(result.relay)
        self._record_pace(session, result)

    def _record_trouble(
        self, session: Session, result: WindowResult, trouble: RelayTrouble
    ) -> None:
        now, settings = self._context.now(), self._context.settings
        record_relay_trouble(session, settings, result.relay, trouble, now)
        self._proven.discard(result.relay)
        if result.refused_before:
            size = settings.batch_size
            resends.take_back_refused(session, result.refused_before, now, size, trouble.detail)
        if trouble.is_about_us and relay_pauses.pause_of_all(session, now, relay_names(settings)):
            self._pause_issue(session, PauseCause.SENDER_REFUSED, {"trouble": trouble.detail})

    def _record_pace(self, session: Session, result: WindowResult) -> None:
        """The pace of a relay that complains, or that was slow and takes mail."""
        now, accepted = self._context.now(), result.accepted
        if result.throttled is not None:
            record_throttling(session, result.relay, result.throttled, accepted, now)
        elif result.is_slow and accepted:
            learned_paces.record_progress(
                session, result.relay, lambda pace: grown_relay(pace, now)
            )

    def _apply_rejection(
        self, session: Session, reader: Claimed, outcome: Rejected, *, is_doubted: bool
    ) -> None:
        if outcome.verdict.suppresses and not is_doubted:
            self._suppress(session, reader, outcome)
        if outcome.verdict.pauses_issue:
            self._pause_issue(session, PauseCause.MESSAGE_REFUSED, {"reply": str(outcome.reply)})

    def _suppress(self, session: Session, reader: Claimed, outcome: Rejected) -> None:
        hash_key = self._context.settings.address_hash_key.encode()
        suppress_subscriber(
            session,
            session.get_one(Subscriber, reader.subscriber_id),
            address=hashed_address(reader.address, hash_key),
            cause=Cause(SuppressionReason.HARD_BOUNCE, SuppressionSource.RELAY, str(outcome.reply)),
            who=SYSTEM,
            now=self._context.now(),
        )

    def _pause_issue(self, session: Session, cause: PauseCause, facts: dict[str, str]) -> None:
        states.pause(session, self._edition.issue_id, cause, facts, self._context.now())
