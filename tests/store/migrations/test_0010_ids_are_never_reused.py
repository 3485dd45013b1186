"""A database that gave ids twice gives none twice from now on, and its histories are parted."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, text

from newsletter.domain.actions import Action
from newsletter.store.database import Database
from newsletter.store.events import history_of
from newsletter.store.schema import difference_from_models, migrate
from tests.store.migrations.revision_0006 import OldRows

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DELETED, GIVEN_TWICE = 30, 20


def an_event(connection: Connection, issue_id: int, action: Action, who: str) -> None:
    OldRows(connection, NOW).put(
        "events",
        at="2026-11-22 12:00:00",
        action=action,
        who_kind="editor",
        who_name=who,
        subject_kind="issue",
        subject_id=issue_id,
        facts=json.dumps({}),
    )


@pytest.fixture
def old(database_at: Callable[[str], Database]) -> Database:
    """Issue 20 has the id of a draft that Ada deleted; a draft 30 was the last one, and is gone."""
    database = database_at("0006")
    with database.engine.begin() as connection:
        OldRows(connection, NOW).fill()
        connection.execute(text("UPDATE issues SET id = 20 WHERE id = 1"))
    database = database_at("0009")
    with database.engine.begin() as connection:
        an_event(connection, GIVEN_TWICE, Action.ISSUE_CREATED, "ada")
        an_event(connection, GIVEN_TWICE, Action.ISSUE_DELETED, "ada")
        an_event(connection, GIVEN_TWICE, Action.ISSUE_CREATED, "grace")
        an_event(connection, DELETED, Action.ISSUE_CREATED, "ada")
        an_event(connection, DELETED, Action.ISSUE_DELETED, "ada")
    migrate(database)
    return database


def test_the_history_of_a_deleted_draft_is_no_longer_that_of_the_issue_with_its_id(
    old: Database,
) -> None:
    with old.read() as session:
        found = history_of(session, "issue", GIVEN_TWICE)
        assert [(event.action, event.who) for event in found] == [(Action.ISSUE_CREATED, "grace")]
        assert len(history_of(session, "issue", -GIVEN_TWICE)) == 2
        assert len(history_of(session, "issue", DELETED)) == 2


def test_the_next_issue_has_an_id_that_no_deleted_one_had(old: Database) -> None:
    with old.write() as session:
        session.execute(
            text(
                "INSERT INTO issues (newsletter_id, title, subject, preheader, intro, unplaced, "
                "state, state_at, state_reason, override_by, override_reason, version, updated_by, "
                "created_at, updated_at) VALUES (1, '', '', '', '', '[]', 'draft', :now, '', '', "
                "'', 1, '', :now, :now)"
            ),
            {"now": "2026-11-22 12:00:00"},
        )
        assert session.scalar(text("SELECT max(id) FROM issues")) > 99  # its oldest event names 99


def test_every_row_is_still_there_and_the_database_is_sound(old: Database) -> None:
    assert difference_from_models(old) == []
    with old.read() as session:
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"
        assert session.execute(text("PRAGMA foreign_key_check")).all() == []
        assert session.scalar(text("SELECT count(*) FROM issues")) == 11
        assert session.scalar(text("SELECT count(*) FROM deliveries")) == 16
