"""Old sections and entries keep their ids and their order; from then on no id is given twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alembic import command
from sqlalchemy import Connection, insert, text

from newsletter.domain.positions import GAP
from newsletter.store.database import Database
from newsletter.store.issues.editions import content_of, issue_with_content
from newsletter.store.models import Entry, Section
from newsletter.store.schema import difference_from_models, migrate
from tests.store.migrations.conftest import config_on

NOW = "2026-11-22 12:00:00+00:00"


def an_old_issue(connection: Connection, issue_id: int, state: str) -> None:
    """As revision 0006 has them: two sections, and positions that count from zero."""
    connection.execute(
        text(
            "INSERT INTO issues (id, newsletter_id, number, title, subject, preheader, intro, "
            "unplaced, state, state_at, state_reason, override_by, override_reason, version, "
            "created_at, updated_at) VALUES (:id, 1, :id, 'Old', 'Old', '', '', '[]', :state, "
            ":now, '', '', '', 4, :now, :now)"
        ),
        {"id": issue_id, "state": state, "now": NOW},
    )
    for place, title in enumerate(("", "Tools")):
        section_id = issue_id * 10 + 1 - place
        connection.execute(
            text(
                "INSERT INTO sections (id, issue_id, position, title) "
                "VALUES (:id, :issue_id, :position, :title)"
            ),
            {"id": section_id, "issue_id": issue_id, "position": place, "title": title},
        )
        for entry_place in range(3):
            connection.execute(
                text(
                    "INSERT INTO entries (id, section_id, position, title, url, sources, body) "
                    "VALUES (:id, :section_id, :position, :title, '', '[\"a.com\"]', 'Text')"
                ),
                {
                    "id": section_id * 10 + 9 - entry_place,
                    "section_id": section_id,
                    "position": entry_place,
                    "title": f"{title} {entry_place}",
                },
            )


def an_old_newsletter(connection: Connection) -> None:
    connection.execute(
        text(
            "INSERT INTO newsletters (id, slug, name, description, sender_name, sender_address, "
            "reply_to, postal_address, time_zone, language, theme, list_label, undo_minutes, "
            "canary_percent, canary_threshold_percent, created_at) VALUES (1, 'notes', 'Notes', "
            "'', '', '', '', '', 'UTC', 'en', '{}', 'notes', 0, 0, 5, :now)"
        ),
        {"now": NOW},
    )


def old_rows(database: Database) -> None:
    with database.engine.begin() as connection:
        an_old_newsletter(connection)
        an_old_issue(connection, 1, "sent")
        an_old_issue(connection, 2, "draft")


def rows_of(database: Database, question: str) -> list[tuple[Any, ...]]:
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(question))]


def test_ids_words_and_order_are_what_they_were(
    database_at: Callable[[str], Database],
) -> None:
    database = database_at("0006")
    old_rows(database)
    before = {
        table: rows_of(database, f"SELECT id, title, position FROM {table} ORDER BY id")
        for table in ("sections", "entries")
    }
    migrate(database)
    assert difference_from_models(database) == []
    for table, rows in before.items():
        after = rows_of(database, f"SELECT id, title, position FROM {table} ORDER BY id")
        assert after == [(row[0], row[1], (row[2] + 1) * GAP) for row in rows]
    with database.read() as session:
        content = content_of(issue_with_content(session, 2))
    assert [section.id for section in content.sections] == [21, 20]
    assert [entry.id for entry in content.entries] == [219, 218, 217, 209, 208, 207]
    assert content.entries[0].sources == ("a.com",)


def test_an_entry_that_was_deleted_lends_its_id_to_no_other(
    database_at: Callable[[str], Database],
) -> None:
    """Not even the newest one, whose id SQLite would give again."""
    database = database_at("0006")
    old_rows(database)
    migrate(database)
    with database.engine.begin() as connection:
        # PostgreSQL counts in a sequence, which knows nothing of ids that were typed in.
        if not database.is_sqlite:
            connection.execute(text("SELECT setval('entries_id_seq', 1000)"))
            connection.execute(text("SELECT setval('sections_id_seq', 1000)"))
    with database.write() as session:
        section = Section(issue_id=2, position=1)
        section.entries = [Entry(title="T", position=1)]
        session.add(section)
        session.flush()
        entry_id, section_id = section.entries[0].id, section.id
        assert entry_id > 219
        session.delete(section)
    with database.write() as session:
        again = Section(issue_id=2, position=1)
        again.entries = [Entry(title="T", position=1)]
        session.add(again)
        session.flush()
        assert again.entries[0].id > entry_id
        assert again.id > section_id


def test_a_form_that_was_open_meanwhile_finds_another_version(
    database_at: Callable[[str], Database],
) -> None:
    """It names its fields by place, so that nothing of it would be found."""
    database = database_at("0006")
    old_rows(database)
    migrate(database)
    assert rows_of(database, "SELECT id, version FROM issues ORDER BY id") == [(1, 4), (2, 5)]


def test_the_way_back_counts_from_zero(database_at: Callable[[str], Database]) -> None:
    database = database_at("0006")
    old_rows(database)
    before = rows_of(database, "SELECT id, position FROM entries ORDER BY id")
    migrate(database)
    with database.engine.begin() as connection:
        connection.execute(insert(Section).values(issue_id=2, position=-5, id=900, title=""))
        command.downgrade(config_on(connection), "0006")
    assert rows_of(database, "SELECT id, position FROM entries ORDER BY id") == before
    assert rows_of(
        database, "SELECT id, position FROM sections WHERE issue_id = 2 ORDER BY position"
    ) == [(900, 0), (21, 1), (20, 2)]
