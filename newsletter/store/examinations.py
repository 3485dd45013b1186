"""The doctor's last examination of each sender and of the installation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.store.models import ExaminationRow
from newsletter.store.upserts import insert_if_missing


def keep_examination(
    session: Session, slug: str, at: datetime, diagnoses: Sequence[dict[str, Any]]
) -> None:
    """In place of the one before."""
    insert_if_missing(session, ExaminationRow, ["slug"], slug=slug, at=at, diagnoses=[], told=[])
    session.execute(
        update(ExaminationRow)
        .where(ExaminationRow.slug == slug)
        .values(at=at, diagnoses=list(diagnoses))
        .execution_options(synchronize_session=False)
    )


def all_examinations(session: Session) -> list[ExaminationRow]:
    """The installation's first. Locks them."""
    wanted = select(ExaminationRow).order_by(ExaminationRow.slug).with_for_update()
    return list(session.scalars(wanted))


def last_examination(session: Session, slug: str) -> ExaminationRow | None:
    return session.get(ExaminationRow, slug)
