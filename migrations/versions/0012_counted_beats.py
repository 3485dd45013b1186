"""heartbeats are counted: a database with fewer of them than were seen is a restored backup"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'heartbeats', sa.Column('count', sa.BigInteger(), nullable=False, server_default='0')
    )


def downgrade() -> None:
    op.drop_column('heartbeats', 'count')
