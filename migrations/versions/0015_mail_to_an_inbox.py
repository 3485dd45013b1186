"""how many confirmations an inbox was sent today, whatever tags its addresses have"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'inbox_allowances',
        sa.Column('inbox_hash', sa.String(), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('used', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('inbox_hash', name=op.f('pk_inbox_allowances')),
    )


def downgrade() -> None:
    op.drop_table('inbox_allowances')
