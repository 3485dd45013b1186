"""The clock was set ahead, or the machine slept: no reader is given up for that alone."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from newsletter.domain.issues import IssueState
from newsletter.store.events import record_event
from newsletter.store.issues import editions
from newsletter.store.models import Edition, Issue, Newsletter
from newsletter.usecases.context import Context


def handle_clock_jump(context: Context, ahead: timedelta) -> list[int]:
    """Issues that would expire by this jump are paused, and have as much longer; returns their ids.

    To be called before anything is expired by the new time.
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
            _pause(context, session, issue_id, ahead)
    return [issue_id for _, issue_id in outdated]


def _pause(context: Context, session: Session, issue_id: int, ahead: timedelta) -> None:
    now = context.now()
    issue = session.get_one(Issue, issue_id)
    newsletter = session.get_one(Newsletter, issue.newsletter_id)
    local = now.astimezone(ZoneInfo(newsletter.time_zone))
    hours = round(ahead / timedelta(hours=1))
    issue.state, issue.state_at = IssueState.PAUSED, now
    issue.state_reason = (
        f"The clock went ahead by {hours} hours at once, by which this issue would have expired. "
        f"It is {local:%H:%M on %Y-%m-%d} now: is that right? Was the clock set, or did the "
        "machine sleep? Resume, and whoever waits gets it."
    )
    record_event(
        session,
        at=now,
        actor="ticker",
        verb="paused after a jump of the clock",
        subject_kind="issue",
        subject_id=issue_id,
        detail={"seconds": round(ahead.total_seconds())},
    )
