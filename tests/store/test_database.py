"""What the database says about its trouble, and what it keeps to itself."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from newsletter.store.database import is_taken
from newsletter.usecases.context import Context
from tests.support.builders import an_editor


def test_an_error_of_the_database_does_not_tell_the_values(context: Context) -> None:
    """They are addresses and tokens, and an error ends in a log."""
    with context.database.read() as session, pytest.raises(DBAPIError) as error:
        session.execute(text("SELECT nothing FROM nowhere WHERE a = :a"), {"a": "ada@example.org"})
    assert "ada@example.org" not in str(error.value)


def test_what_is_there_already_is_refused_without_its_values(context: Context) -> None:
    an_editor(context, address="ada@example.org")
    with pytest.raises(IntegrityError) as error:
        an_editor(context, address="ada@example.org")
    assert is_taken(error.value)
    assert "ada@example.org" not in f"{error.value} {error.value.orig}"


def test_a_row_that_lacks_something_is_refused_without_its_values(context: Context) -> None:
    row = text("INSERT INTO heartbeats (name, count) VALUES (:name, 1)")
    with context.database.write() as session, pytest.raises(IntegrityError) as error:
        session.execute(row, {"name": "ada@example.org"})
    assert not is_taken(error.value)
    assert "ada@example.org" not in f"{error.value} {error.value.orig}"
