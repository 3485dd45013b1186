"""An issue from before there were audiences goes to everyone."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import text

from newsletter.store.database import Database
from newsletter.store.models import Issue
from newsletter.store.schema import migrate
from tests.store.migrations.test_0017_the_date_of_an_issue import A_NEWSLETTER, AN_ISSUE


def test_an_old_issue_goes_to_everyone(database_at: Callable[[str], Database]) -> None:
    database = database_at("0031")
    with database.engine.begin() as connection:
        connection.execute(text(A_NEWSLETTER))
        connection.execute(text(AN_ISSUE))
    migrate(database)
    with database.read() as session:
        assert session.get_one(Issue, 1).audience == []
