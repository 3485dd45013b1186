"""A ledger that contradicts itself: nobody is taken for served, and the editor is asked first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from newsletter.config import Settings
from newsletter.domain.deliveries import DeliveryState, UncertainPolicy
from newsletter.domain.issues import IssueState
from newsletter.store.events import record_event
from newsletter.store.models import Edition, Issue
from newsletter.store.sending import contradictions

_NO_WORKER_HAD_IT = "It was marked as being handed over, but no worker had it."


def repair_edition(session: Session, settings: Settings, edition_id: int, now: datetime) -> bool:
    """For an edition of which nothing seems open. True when its issue was paused instead."""
    edition = session.get_one(Edition, edition_id)
    found = contradictions.count_stranded(session, edition_id)
    missing = contradictions.add_missing(session, edition, now, settings.batch_size)
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
    """For whoever holds the lease, has nothing in hand, and yet finds lines on their way in it.

    `edition`: its id, and that of its issue.
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


def _pause(  # noqa: PLR0913  what was found
    session: Session,
    settings: Settings,
    issue_id: int,
    now: datetime,
    *,
    waiting: int = 0,
    stray: int = 0,
    missing: int = 0,
) -> None:
    again = (
        "they are sent again, under the same Message-ID"
        if settings.uncertain is UncertainPolicy.RESEND
        else "they are held as uncertain"
    )
    facts = [
        (waiting, "waiting for a batch that was closed: they have new ones"),
        (stray, f"marked as being handed over, but no worker had them: {again}"),
        (missing, "lacking for readers who were active when it was frozen: added"),
    ]
    said = "; ".join(f"{count} {words}" for count, words in facts if count)
    reason = (
        f"The ledger contradicts itself. Copies: {said}. Was a backup restored, or a table changed "
        "by hand? Resume, and they go on; whoever was served gets nothing more."
    )
    session.execute(
        update(Issue)
        .where(Issue.id == issue_id, Issue.state == IssueState.SENDING)
        .values(state=IssueState.PAUSED, state_at=now, state_reason=reason)
    )
    record_event(
        session,
        at=now,
        actor="sweeper",
        verb="mended the ledger of",
        subject_kind="issue",
        subject_id=issue_id,
        detail={"waiting": waiting, "stray": stray, "missing": missing},
    )
