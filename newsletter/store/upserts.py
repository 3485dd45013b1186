"""Inserts of rows that several transactions may insert at the same time."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert_if_missing(session: Session, model: type[Any], unique: list[str], **values: Any) -> None:
    """Inserts a row unless one with the same `unique` columns exists.

    Waits for another transaction that is inserting it. Neither of them fails.
    """
    statement = insert_of(session, model).values(**values)
    session.execute(statement.on_conflict_do_nothing(index_elements=unique))


def insert_of(session: Session, model: type[Any]) -> Any:
    """An INSERT of the database's own kind, which knows ON CONFLICT."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(model) if is_postgresql else sqlite.insert(model)
