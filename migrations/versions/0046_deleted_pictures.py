"""deleted pictures can come back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0046'
down_revision = '0045'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('pictures', sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('pictures', sa.Column('deleted_by', sa.String(), nullable=False, server_default=''))


def downgrade() -> None:
    op.execute(sa.text('DELETE FROM pictures WHERE deleted_at IS NOT NULL'))
    op.drop_column('pictures', 'deleted_by')
    op.drop_column('pictures', 'deleted_at')
