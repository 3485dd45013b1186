"""Scheduled issues when their newsletter moves to another time zone."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.problems import InvalidFields
from newsletter.domain.sending.scheduled_times import Meant, WhichTimeIsMeant, moment_meant
from newsletter.store.events import Change
from newsletter.store.issues.planned import scheduled_issues
from newsletter.store.issues.states import change_state
from newsletter.store.models import Newsletter


def asks_which_time(session: Session, newsletter: Newsletter, zone: str) -> bool:
    return zone != newsletter.time_zone and bool(scheduled_issues(session, newsletter.id))


def move_scheduled(
    session: Session, newsletter: Newsletter, zone: str, meant: str, change: Change
) -> None:
    """`change` is the one of the settings, by whom and when. Call it before the zone is changed.

    Raises WhichTimeIsMeant when that isn't said.
    """
    if zone == newsletter.time_zone:
        return
    issues = scheduled_issues(session, newsletter.id)
    if issues and meant not in set(Meant):
        raise WhichTimeIsMeant([issue.title for issue in issues])
    for issue in issues:
        if issue.scheduled_at is None:
            continue
        moment = moment_meant(issue.scheduled_at, newsletter.time_zone, zone, Meant(meant))
        if moment <= change.at:
            problem = f"“{issue.title}” would be due in the past. Unschedule it first."
            raise InvalidFields({"time_zone": problem})
        issue.scheduled_at = moment
        facts = {"scheduled_at": moment.isoformat(), "zone": zone}
        moved = replace(change, action=Action.ISSUE_SCHEDULED, facts=facts)
        change_state(session, issue, IssueState.SCHEDULED, moved)
