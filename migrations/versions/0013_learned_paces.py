"""the paces that relays take, as learned from their refusals"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from newsletter.store.models import base as models

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

MOMENT = models.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        'learned_paces',
        sa.Column('relay', sa.String(), primary_key=True),
        sa.Column('per_second', sa.Double(), nullable=False),
        sa.Column('slowed_at', MOMENT, nullable=False),
        sa.Column('heard_at', MOMENT, nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table('learned_paces')
