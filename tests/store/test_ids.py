"""No id is ever given twice: what is deleted leaves its history, and links in mail, to no other."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, text

from newsletter.store.events import history_of
from newsletter.store.models import Base
from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import create_issue, delete_issue
from tests.support.builders import a_newsletter, a_subscriber, an_editor
from tests.support.principals import by

WITH_IDS = sorted(
    table.name
    for table in Base.metadata.tables.values()
    if [column.name for column in table.primary_key] == ["id"]
    if table.primary_key.columns["id"].autoincrement is not False  # drawn, not counted
)


def test_a_new_issue_does_not_show_the_history_of_a_draft_that_was_deleted(
    context: Context,
) -> None:
    newsletter_id = a_newsletter(context).id
    first = create_issue(context, newsletter_id, by("ada"))
    delete_issue(context, first, by("ada"))
    second = create_issue(context, newsletter_id, by("grace"))
    assert second > first
    with context.database.read() as session:
        assert [event.who for event in history_of(session, "issue", second)] == ["grace"]
        assert [event.who for event in history_of(session, "issue", first)] == ["ada", "ada"]


@pytest.mark.parametrize("name", ["subscribers", "subscriptions", "users", "newsletters"])
def test_the_id_of_a_deleted_row_goes_to_no_other(context: Context, name: str) -> None:
    given = []
    for _ in range(2):
        newsletter = a_newsletter(context)
        subscription = a_subscriber(context, newsletter)
        ids = {
            "newsletters": newsletter.id,
            "subscribers": subscription.subscriber_id,
            "subscriptions": subscription.id,
            "users": an_editor(context).id,
        }
        given.append(ids[name])
        with context.database.write() as session:
            for gone in ("subscriptions", "subscribers", "users", "newsletters"):
                session.execute(delete(Base.metadata.tables[gone]))
    assert given[1] > given[0]


@pytest.mark.parametrize("name", WITH_IDS)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_sqlite_keeps_the_highest_id_of_every_table(context: Context, name: str) -> None:
    """Also of tables to come: declare them with NEVER_REUSED, and their migration likewise."""
    with context.database.read() as session:
        declaration = session.scalar(
            text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name}
        )
    assert "AUTOINCREMENT" in declaration
