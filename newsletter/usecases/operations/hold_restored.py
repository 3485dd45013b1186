"""Holds what was under way when a backup was made: it does not know what has been sent since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.actions import PauseCause
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.delivery.outcomes import Accepted
from newsletter.domain.issues.issue import IssueState
from newsletter.spool.journal import ClaimKey, read_evidence
from newsletter.store import outbox
from newsletter.store.issues import due, states
from newsletter.store.models import Batch, Edition
from newsletter.store.sending import batches, contradictions, unknown_acceptances
from newsletter.usecases.context import Context

_WAS_ON_THE_WIRE = "It was being sent when the backup was made, and is held."
MAY_HAVE_BEEN_SENT = "It was waiting when the backup was made, and may have been sent since."


@dataclass(frozen=True, slots=True)
class Held:
    """`issues` are the ids of what was paused, `mails` how many of the outbox were dropped."""

    issues: tuple[int, ...]
    uncertain_copies: int
    mails: int


def hold_what_was_under_way(
    context: Context, session: Session, owners: list[str], made_at: datetime
) -> Held:
    """`owners` left journals on this machine. The caller commits."""
    now = context.now()
    paused = pause_what_is_under_way(
        context, session, {"sign": "command", "made_at": made_at.isoformat()}
    )
    on_the_wire = (*unknown_acceptances.WAITING, DeliveryState.HANDING_OVER)
    record_acceptances(context, session, owners, on_the_wire)
    leased = session.scalars(select(Batch.id).where(Batch.lease_owner.is_not(None))).all()
    uncertain = sum(
        contradictions.settle_handing_over(
            session, edition_id, DeliveryState.UNCERTAIN, _WAS_ON_THE_WIRE, now
        )
        for edition_id in session.scalars(
            select(Batch.edition_id).where(Batch.id.in_(leased)).distinct()
        ).all()
    )
    batches.clear_leases(session, leased)
    for edition_id in session.scalars(select(Edition.id)):
        batches.close_done(session, edition_id, now)
    mails = outbox.cancel_waiting(session, now, MAY_HAVE_BEEN_SENT, now)
    return Held(tuple(paused), uncertain, mails)


def pause_what_is_under_way(
    context: Context, session: Session, facts: Mapping[str, Any]
) -> list[int]:
    """Issues that are being sent, and those that are due: they may have been sent since."""
    now = context.now()
    return [
        issue.id
        for issue in due.under_way(session, now)
        if states.pause(
            session,
            issue.id,
            PauseCause.RESTORED,
            {**facts, "zone": issue.newsletter.time_zone},
            now,
            before=IssueState(issue.state),
        )
    ]


def record_acceptances(
    context: Context,
    session: Session,
    owners: list[str],
    states_before: tuple[DeliveryState, ...] = unknown_acceptances.WAITING,
) -> int:
    """Marks as accepted what the journals of `owners` say the relay took. Returns how many."""
    accepted: dict[int, dict[ClaimKey, Accepted]] = {}
    for owner in owners:
        for line, outcome in read_evidence(context.settings.journal_path, owner).dots.items():
            if isinstance(outcome, Accepted):
                accepted.setdefault(line[0], {})[line] = outcome
    return sum(
        unknown_acceptances.record(session, edition_id, lines, context.now(), states_before)
        for edition_id, lines in accepted.items()
    )
