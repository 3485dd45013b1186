"""a session of an editor is a row, which ends it; who is signed in stays so"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from newsletter.store.models import base as models

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'user_sessions',
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('started_at', models.UtcDateTime(timezone=True), nullable=False),
        sa.Column('seen_at', models.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['user_id'],
            ['users.id'],
            name=op.f('fk_user_sessions_user_id_users'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_user_sessions')),
    )
    op.create_index(op.f('ix_user_sessions_user_id'), 'user_sessions', ['user_id'])
    # All browsers of an editor had the stamp in their cookies: together they are one session.
    op.execute(
        'INSERT INTO user_sessions (key, user_id, started_at, seen_at) '
        'SELECT session_stamp, id, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP FROM users '
        'WHERE signed_in_at IS NOT NULL'
    )
    op.execute('ALTER TABLE users DROP COLUMN session_stamp')


def downgrade() -> None:
    op.execute("ALTER TABLE users ADD COLUMN session_stamp VARCHAR NOT NULL DEFAULT ''")
    op.drop_table('user_sessions')
