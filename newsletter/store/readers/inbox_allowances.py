"""Counts what strangers made us mail to an inbox today. Rows are forgotten the day after."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from newsletter.store.leases import changed_rows
from newsletter.store.models import InboxAllowance
from newsletter.store.upserts import insert_if_missing


def claim_mail_to_inbox(session: Session, inbox_hash: str, today: date, most: int) -> bool:
    """False when `most` were claimed today. Callers at the same time are counted one by one."""
    insert_if_missing(
        session, InboxAllowance, ["inbox_hash"], inbox_hash=inbox_hash, day=today, used=0
    )
    _begin_day(session, inbox_hash, today)
    counted = (
        update(InboxAllowance)
        .where(InboxAllowance.inbox_hash == inbox_hash, InboxAllowance.used < most)
        .values(used=InboxAllowance.used + 1)
    )
    return bool(changed_rows(session, counted))


def forget_inboxes(session: Session, today: date) -> int:
    """How many rows of earlier days there were."""
    return changed_rows(session, delete(InboxAllowance).where(InboxAllowance.day < today))


def _begin_day(session: Session, inbox_hash: str, today: date) -> None:
    session.execute(
        update(InboxAllowance)
        .where(InboxAllowance.inbox_hash == inbox_hash, InboxAllowance.day != today)
        .values(day=today, used=0)
    )
