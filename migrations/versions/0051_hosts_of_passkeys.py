"""passkeys know the host that they belong to; those from before learn it when they are used"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0051'
down_revision = '0050'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('passkeys', sa.Column('host', sa.String(), nullable=False, server_default=''))


def downgrade() -> None:
    op.drop_column('passkeys', 'host')
