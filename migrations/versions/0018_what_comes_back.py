"""what comes back: messages as they came in, and what they say of a copy"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from newsletter.store.models.base import Id, Json, UtcDateTime

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

IS_NEW = sa.text("state = 'new'")


def upgrade() -> None:
    _create_inbound_messages()
    _create_feedback()


def downgrade() -> None:
    op.drop_table('feedback')
    op.drop_table('inbound_messages')


def _create_inbound_messages() -> None:
    op.create_table(
        'inbound_messages',
        sa.Column('id', Id, nullable=False),
        sa.Column('door', sa.String(), nullable=False),
        sa.Column('received_at', UtcDateTime(timezone=True), nullable=False),
        sa.Column('sender', sa.Text(), nullable=False),
        sa.Column('recipients', Json, nullable=False),
        sa.Column('size_bytes', sa.Integer(), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=True),
        sa.Column('content_key', sa.String(), nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('state_at', UtcDateTime(timezone=True), nullable=False),
        sa.Column('classifier', sa.Integer(), nullable=True),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('detail', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_inbound_messages')),
        sa.UniqueConstraint('content_key', name=op.f('uq_inbound_messages_content_key')),
        sqlite_autoincrement=True,
    )
    op.create_index(
        'ix_inbound_messages_new',
        'inbound_messages',
        ['id'],
        postgresql_where=IS_NEW,
        sqlite_where=IS_NEW,
    )
    op.create_index(op.f('ix_inbound_messages_received_at'), 'inbound_messages', ['received_at'])


def _create_feedback() -> None:
    op.create_table(
        'feedback',
        sa.Column('id', Id, nullable=False),
        sa.Column('inbound_id', Id, nullable=True),
        sa.Column('at', UtcDateTime(timezone=True), nullable=False),
        sa.Column('newsletter_id', Id, nullable=True),
        sa.Column('edition_id', Id, nullable=True),
        sa.Column('outbox_id', Id, nullable=True),
        sa.Column('subscriber_id', Id, nullable=True),
        sa.Column('proof', sa.String(), nullable=False),
        sa.Column('recipient', sa.Text(), nullable=False),
        sa.Column('verdict', sa.String(), nullable=False),
        sa.Column('status', sa.String(), nullable=False),
        sa.Column('reply', sa.String(), nullable=False),
        sa.Column('diagnostic', sa.Text(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('rule', sa.String(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_feedback')),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f'{table}.id'],
                name=op.f(f'fk_feedback_{column}_{table}'),
                ondelete=ondelete,
            )
            for column, table, ondelete in (
                ('inbound_id', 'inbound_messages', 'SET NULL'),
                ('newsletter_id', 'newsletters', None),
                ('edition_id', 'editions', None),
            )
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_feedback_inbound_id'), 'feedback', ['inbound_id'])
    op.create_index(
        op.f('ix_feedback_edition_id_verdict_subscriber_id'), 'feedback', ['edition_id', 'verdict', 'subscriber_id']
    )
    op.create_index(
        op.f('ix_feedback_subscriber_id_edition_id'), 'feedback', ['subscriber_id', 'edition_id']
    )
    op.create_index(op.f('ix_feedback_newsletter_id_id'), 'feedback', ['newsletter_id', 'id'])
