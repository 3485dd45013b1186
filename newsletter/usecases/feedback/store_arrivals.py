"""Stores what came in by any door. Once this returns, it can't be lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from newsletter.domain.feedback.inbound import Arrival
from newsletter.store.feedback import arrivals as stored
from newsletter.usecases.context import Context

DOOR_JUDGES_WITHIN = timedelta(seconds=2)


def store_arrivals(context: Context, arrivals: Sequence[Arrival]) -> list[int]:
    """All or none, in one transaction, judged later. Returns the ids of those that are new."""
    with context.database.write() as session:
        return stored.store_arrivals(session, arrivals, context.now())


def has_waiting(context: Context) -> bool:
    """Whether something waits to be judged for longer than its door would leave it."""
    with context.database.read() as session:
        return stored.is_any_new(session, context.now() - DOOR_JUDGES_WITHIN)
