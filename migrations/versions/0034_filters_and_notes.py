"""saved filters of the list of subscribers, and notes about subscribers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    json = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')
    op.create_table(
        'saved_filters',
        sa.Column('id', number, nullable=False),
        sa.Column('newsletter_id', number, nullable=False),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('conditions', json, nullable=False),
        sa.Column('columns', json, nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['newsletter_id'], ['newsletters.id'], name=op.f('fk_saved_filters_newsletter_id_newsletters')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_filters')),
        sa.UniqueConstraint('newsletter_id', 'name', name=op.f('uq_saved_filters_newsletter_id_name')),
        sqlite_autoincrement=True,
    )
    op.create_table(
        'subscriber_notes',
        sa.Column('id', number, nullable=False),
        sa.Column('newsletter_id', number, nullable=False),
        sa.Column('subscriber_id', number, nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('by', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['newsletter_id'], ['newsletters.id'], name=op.f('fk_subscriber_notes_newsletter_id_newsletters')),
        sa.ForeignKeyConstraint(['subscriber_id'], ['subscribers.id'], name=op.f('fk_subscriber_notes_subscriber_id_subscribers')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_subscriber_notes')),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_subscriber_notes_subscriber_id_newsletter_id'), 'subscriber_notes', ['subscriber_id', 'newsletter_id'])


def downgrade() -> None:
    op.drop_table('subscriber_notes')
    op.drop_table('saved_filters')
