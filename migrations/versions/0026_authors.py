"""issues and entries have authors; other front matter is kept"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = sa.JSON().with_variant(JSONB(), 'postgresql')
    for table in ('issues', 'entries'):
        op.add_column(table, sa.Column('author', sa.String(), nullable=False, server_default=''))
    op.add_column('issues', sa.Column('other_keys', kind, nullable=False, server_default='{}'))


def downgrade() -> None:
    op.drop_column('issues', 'other_keys')
    for table in ('issues', 'entries'):
        op.drop_column(table, 'author')
