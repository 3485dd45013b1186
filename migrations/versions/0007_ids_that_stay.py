"""sections and entries keep their ids: positions with gaps, and no id is given twice"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

GAP = 1 << 20


def upgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        _make_again(key='PRIMARY KEY AUTOINCREMENT', position='BIGINT')
    else:
        for table in ('sections', 'entries'):
            op.alter_column(table, 'position', type_=sa.BigInteger(), existing_nullable=False)
    for table in ('sections', 'entries'):
        op.execute(f'UPDATE {table} SET position = (position + 1) * {GAP}')
    # A form that was open meanwhile names its fields by place: it must not be saved over this.
    op.execute("UPDATE issues SET version = version + 1 WHERE state = 'draft'")


def downgrade() -> None:
    _count_from_zero('sections', 'issue_id')
    _count_from_zero('entries', 'section_id')
    if op.get_bind().dialect.name == 'sqlite':
        _make_again(key='PRIMARY KEY', position='INTEGER')
    else:
        for table in ('sections', 'entries'):
            op.alter_column(table, 'position', type_=sa.Integer(), existing_nullable=False)


def _count_from_zero(table: str, parent: str) -> None:
    op.execute(
        f'UPDATE {table} SET position = counted.place FROM ('
        f'SELECT id, row_number() OVER (PARTITION BY {parent} ORDER BY position, id) - 1 AS place '
        f'FROM {table}) AS counted WHERE counted.id = {table}.id'
    )


def _make_again(*, key: str, position: str) -> None:
    """SQLite can't alter a key. The children go before their parents, since foreign keys are on."""
    op.execute(
        f'CREATE TABLE new_sections (id INTEGER NOT NULL CONSTRAINT pk_sections {key}, '
        f'issue_id INTEGER NOT NULL, position {position} NOT NULL, title VARCHAR NOT NULL, '
        'CONSTRAINT fk_sections_issue_id_issues FOREIGN KEY(issue_id) REFERENCES issues (id))'
    )
    op.execute(
        f'CREATE TABLE new_entries (id INTEGER NOT NULL CONSTRAINT pk_entries {key}, '
        f'section_id INTEGER NOT NULL, position {position} NOT NULL, title VARCHAR NOT NULL, '
        'url TEXT NOT NULL, sources JSON NOT NULL, body TEXT NOT NULL, '
        'CONSTRAINT fk_entries_section_id_sections '
        'FOREIGN KEY(section_id) REFERENCES new_sections (id))'
    )
    for table, columns in (
        ('sections', 'id, issue_id, position, title'),
        ('entries', 'id, section_id, position, title, url, sources, body'),
    ):
        op.execute(f'INSERT INTO new_{table} ({columns}) SELECT {columns} FROM {table}')
    op.drop_table('entries')
    op.drop_table('sections')
    for table, parent in (('sections', 'issue_id'), ('entries', 'section_id')):
        op.rename_table(f'new_{table}', table)
        op.create_index(f'ix_{table}_{parent}_position', table, [parent, 'position'])
