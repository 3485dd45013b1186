"""whence people act and are signed in, and indexes for the audit log"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0038'
down_revision = '0037'
branch_labels = None
depends_on = None

INDEXES = (
    ('ix_events_people', 'id', "who_kind IN ('editor', 'command line', 'stranger')"),
    ('ix_events_failed', 'at', "action = 'user.sign_in_failed'"),
    ('ix_events_origin', 'at', 'origin_address IS NOT NULL'),
)


def upgrade() -> None:
    for table in ('events', 'user_sessions'):
        op.add_column(table, sa.Column('origin_address', sa.String()))
        op.add_column(table, sa.Column('origin_device', sa.String()))
    for name, column, condition in INDEXES:
        where = sa.text(condition)
        op.create_index(
            name, 'events', [column], postgresql_where=where, sqlite_where=where
        )


def downgrade() -> None:
    for name, _, _ in INDEXES:
        op.drop_index(name, 'events')
    for table in ('events', 'user_sessions'):
        with op.batch_alter_table(table) as changed:
            changed.drop_column('origin_device')
            changed.drop_column('origin_address')
