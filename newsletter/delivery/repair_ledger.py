"""Repairs a ledger that contradicts itself, and pauses the issue to ask the editor."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.config import Settings
from newsletter.domain.actions import Action, PauseCause
from newsletter.domain.delivery.deliveries import DeliveryState, UncertainPolicy
from newsletter.domain.staff.principals import SYSTEM
from newsletter.store.events import record_event
from newsletter.store.issues import states
from newsletter.store.models import Edition
from newsletter.store.sending import contradictions
from newsletter.usecases.reach import readers_of_edition

_NO_WORKER_HAD_IT = "It was marked as being sent, but no worker had it."


def repair_edition(session: Session, settings: Settings, edition_id: int, now: datetime) -> bool:
    """Call it for an edition without open deliveries. True if it was repaired and paused."""
    edition = session.get_one(Edition, edition_id)
    found = contradictions.count_stranded(session, edition_id)
    readers = readers_of_edition(session, edition)
    missing = contradictions.add_missing(session, edition, readers, now, settings.batch_size)
    if not found and not missing:
        return False
    stray = 0
    if DeliveryState.HANDING_OVER in found:
        stray = _settle(session, settings, edition_id, now)
    contradictions.rebatch_waiting(session, edition_id, now, settings.batch_size)
    waiting = sum(found.values()) - stray
    _pause(session, settings, edition.issue_id, now, waiting=waiting, stray=stray, missing=missing)
    return True


def repair_batch(
    session: Session, settings: Settings, edition: tuple[int, int], batch_id: int, now: datetime
) -> None:
    """Call it while holding the lease, with nothing on the wire, if deliveries are handing over.

    `edition`: (edition id, issue id).
    """
    stray = _settle(session, settings, edition[0], now, batch_id)
    if stray:
        _pause(session, settings, edition[1], now, stray=stray)


def _settle(
    session: Session,
    settings: Settings,
    edition_id: int,
    now: datetime,
    batch_id: int | None = None,
) -> int:
    is_resent = settings.uncertain is UncertainPolicy.RESEND
    state = DeliveryState.PENDING if is_resent else DeliveryState.UNCERTAIN
    what = "It is sent again with the same Message-ID." if is_resent else "It is held."
    detail = f"{_NO_WORKER_HAD_IT} {what}"
    return contradictions.settle_handing_over(session, edition_id, state, detail, now, batch_id)


def _pause(
    session: Session, settings: Settings, issue_id: int, now: datetime, **found: int
) -> None:
    """`found`: copies that were waiting, stray or missing."""
    facts = {**found, "resends": settings.uncertain is UncertainPolicy.RESEND}
    record_event(
        session,
        at=now,
        who=SYSTEM,
        action=Action.ISSUE_LEDGER_REPAIRED,
        subject_id=issue_id,
        facts=facts,
    )
    states.pause(session, issue_id, PauseCause.LEDGER, facts, now)
