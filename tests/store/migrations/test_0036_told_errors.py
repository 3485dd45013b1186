"""An examination of before is kept; nobody was told of its errors by email yet."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import text

from newsletter.store.database import Database
from newsletter.store.examinations import last_examination
from newsletter.store.schema import difference_from_models, migrate


def test_what_the_doctor_found_before_is_still_to_be_told(
    database_at: Callable[[str], Database],
) -> None:
    database = database_at("0035")
    with database.engine.begin() as connection:
        row = "INSERT INTO examinations VALUES ('notes', '2026-11-01 09:00:00+00:00', '[]')"
        connection.execute(text(row))
    migrate(database)
    assert difference_from_models(database) == []
    with database.read() as session:
        row_now = last_examination(session, "notes")
        assert row_now is not None
        assert row_now.told == []
