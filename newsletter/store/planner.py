"""What we tell SQLite's planner, as it has no statistics unless someone asks for them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, func
from sqlalchemy.orm import InstrumentedAttribute, Session


def beside_index(session: Session, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """A column of numbers that a condition compares. An index of another one is better to begin
    with, as this one has the same value in nearly all rows.
    """
    return column + 0 if session.get_bind().dialect.name == "sqlite" else column.expression


def mostly(session: Session, clause: ColumnElement[bool]) -> ColumnElement[bool]:
    """A condition that holds for one row in a hundred or more: SQLite takes most for rarer."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    return func.likely(clause, type_=Boolean) if is_sqlite else clause
