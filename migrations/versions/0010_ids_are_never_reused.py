"""no id is given twice: SQLite keeps the highest one, and old events belong to the old issue"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

WITH_HISTORY = {'issues': 'issue', 'newsletters': 'newsletter', 'subscribers': 'subscriber', 'users': 'user'}


def upgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        _part_histories()
        _keep_highest_ids()


def downgrade() -> None:
    """Nothing: an earlier version works with such tables, too."""


def _part_histories() -> None:
    """A deleted draft's id went to the next issue. Its events get a negative one instead."""
    op.execute(
        "UPDATE events SET subject_id = -subject_id WHERE subject_kind = 'issue' AND id <= ("
        'SELECT max(deleted.id) FROM events AS deleted '
        "WHERE deleted.subject_kind = 'issue' AND deleted.subject_id = events.subject_id "
        "AND deleted.action = 'issue.deleted') "
        'AND subject_id IN (SELECT id FROM issues)'
    )


def _keep_highest_ids() -> None:
    """The declaration alone decides; rows and indexes stay as they are, however many there are.

    This is how SQLite's documentation of ALTER TABLE edits a declaration without copying a table.
    """
    tables = _tables_that_reuse_ids()
    version = op.get_bind().scalar(sa.text('PRAGMA schema_version'))
    op.execute('PRAGMA writable_schema = ON')
    for name, declaration in tables.items():
        op.execute(
            sa.text(
                "UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name"
            ).bindparams(sql=_with_autoincrement(declaration), name=name)
        )
    op.execute(f'PRAGMA schema_version = {version + 1}')
    op.execute('PRAGMA writable_schema = RESET')
    for name in tables:
        op.execute(
            f"INSERT INTO sqlite_sequence (name, seq) SELECT '{name}', max({_highest(name)})"
        )


def _tables_that_reuse_ids() -> dict[str, str]:
    rows = op.get_bind().execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    return {row.name: row.sql for row in rows if re.search(_KEY, row.sql)}


_COLUMN = r'\bid INTEGER NOT NULL'
_KEY = r',\s*CONSTRAINT (\w+) PRIMARY KEY \(id\)'


def _with_autoincrement(declaration: str) -> str:
    key = re.search(_KEY, declaration)
    assert key is not None
    without = declaration[: key.start()] + declaration[key.end() :]
    column = f'id INTEGER NOT NULL CONSTRAINT {key[1]} PRIMARY KEY AUTOINCREMENT'
    return re.sub(_COLUMN, column, without, count=1)


def _highest(table: str) -> str:
    """Also of a row that is gone, if anything happened to it."""
    highest = f'(SELECT coalesce(max(id), 0) FROM {table})'
    if table not in WITH_HISTORY:
        return f'{highest}, 0'
    kind = WITH_HISTORY[table]
    events = f"SELECT coalesce(max(abs(subject_id)), 0) FROM events WHERE subject_kind = '{kind}'"
    return f'{highest}, ({events})'
