"""the answers of links, kept between checks of issues"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from newsletter.store.models import base as models

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'link_checks',
        sa.Column('url_hash', sa.String(), nullable=False),
        sa.Column('url', sa.Text(), nullable=False),
        sa.Column('outcome', sa.String(), nullable=False),
        sa.Column('checked_at', models.UtcDateTime(timezone=True), nullable=False),
        sa.Column('status', sa.Integer(), nullable=True),
        sa.Column('final_url', sa.Text(), nullable=False),
        sa.Column('is_permanent', sa.Boolean(), nullable=False),
        sa.Column('content_type', sa.String(), nullable=False),
        sa.Column('length', sa.BigInteger(), nullable=True),
        sa.Column('detail', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('url_hash', name=op.f('pk_link_checks')),
    )


def downgrade() -> None:
    op.drop_table('link_checks')
