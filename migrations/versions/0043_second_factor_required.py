"""newsletters that require a second factor"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0043'
down_revision = '0042'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('newsletters', sa.Column('second_factor_since', sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column('newsletters', 'second_factor_since')
