"""newsletters have sections that readers choose from"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('newsletters', sa.Column('reader_sections', sa.Text(), nullable=False, server_default=''))
    op.add_column('newsletters', sa.Column('sections_asked', sa.String(), nullable=False, server_default='preferences'))


def downgrade() -> None:
    op.drop_column('newsletters', 'sections_asked')
    op.drop_column('newsletters', 'reader_sections')
