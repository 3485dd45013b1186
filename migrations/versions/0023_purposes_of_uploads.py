"""uploads of archives beside those of subscribers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'uploads', sa.Column('purpose', sa.String(), nullable=False, server_default='subscribers')
    )


def downgrade() -> None:
    op.drop_column('uploads', 'purpose')
