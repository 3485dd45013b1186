"""templates of issues, and booked sponsors"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    json = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')
    op.create_table(
        'issue_templates',
        sa.Column('id', number, nullable=False),
        sa.Column('newsletter_id', number, nullable=False),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('frame', json, nullable=False),
        sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('saved_by', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['newsletter_id'], ['newsletters.id'], name=op.f('fk_issue_templates_newsletter_id_newsletters')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_issue_templates')),
        sa.UniqueConstraint('newsletter_id', 'name', name=op.f('uq_issue_templates_newsletter_id_name')),
        sqlite_autoincrement=True,
    )
    op.create_table(
        'sponsors',
        sa.Column('id', number, nullable=False),
        sa.Column('newsletter_id', number, nullable=False),
        sa.Column('title', sa.String(), nullable=False),
        sa.Column('url', sa.Text(), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.Column('starts_on', sa.Date(), nullable=False),
        sa.Column('ends_on', sa.Date(), nullable=False),
        sa.Column('after_sections', sa.Integer(), nullable=False),
        sa.Column('booked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('booked_by', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['newsletter_id'], ['newsletters.id'], name=op.f('fk_sponsors_newsletter_id_newsletters')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sponsors')),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_sponsors_newsletter_id_ends_on'), 'sponsors', ['newsletter_id', 'ends_on'])


def downgrade() -> None:
    op.drop_table('sponsors')
    op.drop_table('issue_templates')
