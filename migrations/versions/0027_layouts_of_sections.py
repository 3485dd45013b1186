"""sections and newsletters choose cards or lines"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ('newsletters', 'sections'):
        op.add_column(table, sa.Column('layout', sa.String(), nullable=False, server_default=''))


def downgrade() -> None:
    for table in ('newsletters', 'sections'):
        op.drop_column(table, 'layout')
