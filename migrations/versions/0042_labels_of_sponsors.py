"""newsletters have their own words above sponsors; deleted templates and bookings can come back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0042'
down_revision = '0041'
branch_labels = None
depends_on = None

DELETABLE = ('issue_templates', 'sponsors')


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')
    op.add_column('newsletters', sa.Column('sponsor_labels', json, nullable=False, server_default='{}'))
    for table in DELETABLE:
        op.add_column(table, sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True))
        op.add_column(table, sa.Column('deleted_by', sa.String(), nullable=False, server_default=''))


def downgrade() -> None:
    for table in DELETABLE:
        op.execute(sa.text(f'DELETE FROM {table} WHERE deleted_at IS NOT NULL'))
        op.drop_column(table, 'deleted_by')
        op.drop_column(table, 'deleted_at')
    op.drop_column('newsletters', 'sponsor_labels')
