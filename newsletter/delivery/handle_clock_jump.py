"""Pauses issues that would expire only because the clock was set ahead or the machine slept."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.actions import PauseCause
from newsletter.store.issues import editions, states
from newsletter.store.models import Edition, Issue, Newsletter
from newsletter.usecases.context import Context


def handle_clock_jump(context: Context, ahead: timedelta) -> list[int]:
    """Pauses the issues that this jump would expire, extends them by it, and returns their ids.

    Call it before anything is expired by the new time.
    """
    now = context.now()
    with context.database.write() as session:
        outdated = [
            (edition_id, issue_id)
            for edition_id, issue_id, expires_at in editions.sending_editions(session)
            if now - ahead < expires_at <= now
        ]
        for edition_id, issue_id in outdated:
            session.get_one(Edition, edition_id).expires_at += ahead
            _pause(session, issue_id, now, ahead)
    return [issue_id for _, issue_id in outdated]


def _pause(session: Session, issue_id: int, now: datetime, ahead: timedelta) -> None:
    zone = session.scalars(
        select(Newsletter.time_zone)
        .join(Issue, Issue.newsletter_id == Newsletter.id)
        .where(Issue.id == issue_id)
    ).one()
    facts = {"seconds": round(ahead.total_seconds()), "now": now.isoformat(), "zone": zone}
    states.pause(session, issue_id, PauseCause.CLOCK_JUMP, facts, now)
