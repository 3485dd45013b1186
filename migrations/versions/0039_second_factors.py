"""authenticator apps and recovery codes of editors"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0039'
down_revision = '0038'
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    moment = sa.DateTime(timezone=True)
    op.create_table(
        'app_secrets',
        sa.Column('user_id', number, nullable=False),
        sa.Column('sealed', sa.String(), nullable=False),
        sa.Column('added_at', moment, nullable=False),
        sa.Column('last_step', sa.BigInteger(), nullable=False),
        sa.Column('failures', sa.Integer(), nullable=False),
        sa.Column('closed_until', moment),
        sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_app_secrets_user_id_users'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('user_id', name=op.f('pk_app_secrets')),
    )
    op.create_table(
        'recovery_codes',
        sa.Column('user_id', number, nullable=False),
        sa.Column('digest', sa.String(), nullable=False),
        sa.Column('used_at', moment),
        sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_recovery_codes_user_id_users'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('user_id', 'digest', name=op.f('pk_recovery_codes')),
    )
    op.add_column('user_sessions', sa.Column('confirmed_at', moment))


def downgrade() -> None:
    op.drop_column('user_sessions', 'confirmed_at')
    op.drop_table('recovery_codes')
    op.drop_table('app_secrets')
