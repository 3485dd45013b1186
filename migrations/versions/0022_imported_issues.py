"""issues that were sent elsewhere, and where they are from"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from newsletter.store.models.base import Id, UtcDateTime

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'imported_issues',
        sa.Column('issue_id', Id, nullable=False),
        sa.Column('service', sa.String(), nullable=False),
        sa.Column('source', sa.Text(), nullable=False),
        sa.Column('fingerprint', sa.String(), nullable=False),
        sa.Column('imported_at', UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['issue_id'],
            ['issues.id'],
            name=op.f('fk_imported_issues_issue_id_issues'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('issue_id', name=op.f('pk_imported_issues')),
    )


def downgrade() -> None:
    op.drop_table('imported_issues')
