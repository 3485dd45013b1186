"""what a spam filter thinks of an issue, kept with it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from newsletter.store.models import base as models
from sqlalchemy.dialects import postgresql

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'spam_opinions',
        sa.Column('issue_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('asked_at', models.UtcDateTime(timezone=True), nullable=False),
        sa.Column('filter', sa.String(), nullable=False),
        sa.Column('score', sa.Double(), nullable=False),
        sa.Column('acts_from', sa.Double(), nullable=False),
        sa.Column('is_spam', sa.Boolean(), nullable=False),
        sa.Column('is_doubtful', sa.Boolean(), nullable=False),
        sa.Column('symbols', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
        sa.ForeignKeyConstraint(
            ['issue_id'],
            ['issues.id'],
            name=op.f('fk_spam_opinions_issue_id_issues'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('issue_id', name=op.f('pk_spam_opinions')),
    )


def downgrade() -> None:
    op.drop_table('spam_opinions')
