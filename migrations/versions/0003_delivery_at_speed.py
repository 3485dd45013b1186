"""delivery at speed: a ledger whose states no index holds, canaries, pauses of domains"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from newsletter.store.models import base as models

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

LEDGER_KEYS = ('batch_id_batches', 'subscriber_id_subscribers', 'subscription_id_subscriptions')


def upgrade() -> None:
    op.create_table(
        'domain_pauses',
        sa.Column('domain', sa.String(), nullable=False),
        sa.Column('since', models.UtcDateTime(timezone=True), nullable=False),
        sa.Column('until', models.UtcDateTime(timezone=True), nullable=False),
        sa.Column('times', sa.Integer(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('domain', name=op.f('pk_domain_pauses')),
    )
    with op.batch_alter_table('batches') as batch_op:
        batch_op.add_column(
            sa.Column('is_canary', sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column('held_at', models.UtcDateTime(timezone=True), nullable=True))
    with op.batch_alter_table('newsletters') as batch_op:
        for name, default in (
            ('undo_minutes', '0'),
            ('canary_percent', '0'),
            ('canary_threshold_percent', '5'),
        ):
            batch_op.add_column(
                sa.Column(name, sa.Integer(), nullable=False, server_default=default)
            )
    with op.batch_alter_table('issues') as batch_op:
        batch_op.add_column(
            sa.Column('override_by', sa.String(), nullable=False, server_default='')
        )
        batch_op.add_column(
            sa.Column('override_reason', sa.Text(), nullable=False, server_default='')
        )
        batch_op.add_column(
            sa.Column('override_at', models.UtcDateTime(timezone=True), nullable=True)
        )
    with op.batch_alter_table('deliveries') as batch_op:
        batch_op.add_column(sa.Column('relay', sa.String(), nullable=False, server_default=''))
        for name in LEDGER_KEYS:
            batch_op.drop_constraint(f'fk_deliveries_{name}', type_='foreignkey')
        batch_op.drop_index('ix_deliveries_batch_id_state_subscriber_id')
        batch_op.drop_index('ix_deliveries_edition_id_state_due_at')
    op.create_index(
        'ix_deliveries_batch_id_subscriber_id', 'deliveries', ['batch_id', 'subscriber_id']
    )
    op.create_index(
        'ix_deliveries_edition_id_due_at',
        'deliveries',
        ['edition_id', 'due_at'],
        postgresql_where=sa.text('due_at IS NOT NULL'),
        sqlite_where=sa.text('due_at IS NOT NULL'),
    )
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('ALTER TABLE deliveries SET (fillfactor = 70)')


def downgrade() -> None:
    op.drop_index('ix_deliveries_edition_id_due_at', 'deliveries')
    op.drop_index('ix_deliveries_batch_id_subscriber_id', 'deliveries')
    with op.batch_alter_table('deliveries') as batch_op:
        batch_op.drop_column('relay')
        for name in LEDGER_KEYS:
            column, table = name.rsplit('_', 1)
            batch_op.create_foreign_key(f'fk_deliveries_{name}', table, [column], ['id'])
        batch_op.create_index(
            'ix_deliveries_batch_id_state_subscriber_id', ['batch_id', 'state', 'subscriber_id']
        )
        batch_op.create_index(
            'ix_deliveries_edition_id_state_due_at', ['edition_id', 'state', 'due_at']
        )
    with op.batch_alter_table('issues') as batch_op:
        for name in ('override_by', 'override_reason', 'override_at'):
            batch_op.drop_column(name)
    with op.batch_alter_table('newsletters') as batch_op:
        for name in ('undo_minutes', 'canary_percent', 'canary_threshold_percent'):
            batch_op.drop_column(name)
    with op.batch_alter_table('batches') as batch_op:
        batch_op.drop_column('is_canary')
        batch_op.drop_column('held_at')
    op.drop_table('domain_pauses')
