"""errors of the doctor that administrators were told of by email"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0036'
down_revision = '0035'
branch_labels = None
depends_on = None


def upgrade() -> None:
    rows = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')
    op.add_column('examinations', sa.Column('told', rows, nullable=False, server_default='[]'))


def downgrade() -> None:
    with op.batch_alter_table('examinations') as table:
        table.drop_column('told')
