"""issues and editions have an audience"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')
    for table in ('issues', 'editions'):
        op.add_column(table, sa.Column('audience', json, nullable=False, server_default='[]'))


def downgrade() -> None:
    for table in ('issues', 'editions'):
        op.drop_column(table, 'audience')
