"""The lease columns of batches and outbox rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Delete, Update, select, update
from sqlalchemy.orm import Session

from newsletter.store.models import Batch, OutboxMessage

CLOCKS_DIFFER_BY = timedelta(minutes=1)
"""A time further ahead than this was written before the clock was set back."""
_TABLES: dict[str, type[Batch | OutboxMessage]] = {"batch": Batch, "outbox": OutboxMessage}


def renew(
    session: Session, held: Iterable[tuple[str, int]], owner: str, until: datetime
) -> set[tuple[str, int]]:
    """Extends the leases that `owner` still has to `until`, and returns them.

    `held` are pairs of "batch" or "outbox" and an id.
    """
    by_kind: dict[str, list[int]] = {}
    for kind, number in held:
        by_kind.setdefault(kind, []).append(number)
    return {
        (kind, number)
        for kind, numbers in by_kind.items()
        for number in session.scalars(
            update(_TABLES[kind])
            .where(_TABLES[kind].id.in_(numbers), _TABLES[kind].lease_owner == owner)
            .values(lease_until=until)
            .returning(_TABLES[kind].id)
        )
    }


def owned_by_worker(session: Session, worker_name: str) -> list[str]:
    """The lease owners that are processes of this worker, as "worker name/process id"."""
    pattern = worker_name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "/%"
    owners: set[str] = set()
    for table in _TABLES.values():
        found = session.scalars(
            select(table.lease_owner).where(table.lease_owner.like(pattern, escape="\\")).distinct()
        )
        owners.update(owner for owner in found if owner)
    return sorted(owners)


def changed_rows(session: Session, statement: Update | Delete) -> int:
    """Runs an UPDATE and returns its row count, which decides who owns the work."""
    result: CursorResult[Any] = session.execute(statement)  # type: ignore[assignment]
    return result.rowcount
