"""how a relay takes pipelining, kept with it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from newsletter.store.models import base as models

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'relay_pipelining',
        sa.Column('relay', sa.String(), nullable=False),
        sa.Column('proven', sa.String(), nullable=False),
        sa.Column('learned_at', models.UtcDateTime(timezone=True), nullable=False),
        sa.Column('refused', sa.String(), nullable=False),
        sa.Column('refused_at', models.UtcDateTime(timezone=True), nullable=True),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('relay', name=op.f('pk_relay_pipelining')),
    )


def downgrade() -> None:
    op.drop_table('relay_pipelining')
