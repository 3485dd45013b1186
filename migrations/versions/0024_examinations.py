"""what the doctor found at its last examination"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from newsletter.store.models.base import Json, UtcDateTime

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'examinations',
        sa.Column('slug', sa.String(), nullable=False),
        sa.Column('at', UtcDateTime(timezone=True), nullable=False),
        sa.Column('diagnoses', Json, nullable=False),
        sa.PrimaryKeyConstraint('slug', name=op.f('pk_examinations')),
    )


def downgrade() -> None:
    op.drop_table('examinations')
