"""Stores what came in by any door. Once this returns, it can't be lost."""

from __future__ import annotations

from collections.abc import Sequence

from newsletter.domain.inbound import Arrival
from newsletter.store.feedback import arrivals as stored
from newsletter.usecases.context import Context


def store_arrivals(context: Context, arrivals: Sequence[Arrival]) -> list[int]:
    """All or none, in one transaction, judged later. Returns the ids of those that are new."""
    with context.database.write() as session:
        return stored.store_arrivals(session, arrivals, context.now())
