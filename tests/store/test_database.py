"""What the database says about its trouble, and what it keeps to itself."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from newsletter.usecases.context import Context


def test_an_error_of_the_database_does_not_tell_the_values(context: Context) -> None:
    """They are addresses and tokens, and an error ends in a log."""
    with context.database.read() as session, pytest.raises(DBAPIError) as error:
        session.execute(text("SELECT nothing FROM nowhere WHERE a = :a"), {"a": "ada@example.org"})
    assert "ada@example.org" not in str(error.value)
