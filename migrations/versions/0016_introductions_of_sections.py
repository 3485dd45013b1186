"""sections have an introduction"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('sections', sa.Column('intro', sa.Text(), nullable=False, server_default=''))


def downgrade() -> None:
    op.drop_column('sections', 'intro')
