"""an issue keeps what of its digest no mail can hold"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = sa.JSON().with_variant(JSONB(), 'postgresql')
    op.add_column('issues', sa.Column('dropped', kind, nullable=False, server_default='[]'))


def downgrade() -> None:
    op.drop_column('issues', 'dropped')
