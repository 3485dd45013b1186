"""an issue has a date of its own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('issues', sa.Column('issued_on', sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column('issues', 'issued_on')
