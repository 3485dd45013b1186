"""roles of editors, by newsletter, and administrators"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who could do everything still can: an owner of each newsletter, and an administrator."""
    number = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.add_column('users', sa.Column('administrator_since', sa.DateTime(timezone=True)))
    op.execute('UPDATE users SET administrator_since = created_at')
    op.create_table(
        'newsletter_roles',
        sa.Column('newsletter_id', number, nullable=False),
        sa.Column('user_id', number, nullable=False),
        sa.Column('role', sa.String(), nullable=False),
        sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('given_by', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['newsletter_id'], ['newsletters.id'], name=op.f('fk_newsletter_roles_newsletter_id_newsletters'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_newsletter_roles_user_id_users'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('newsletter_id', 'user_id', name=op.f('pk_newsletter_roles')),
    )
    op.create_index(op.f('ix_newsletter_roles_user_id'), 'newsletter_roles', ['user_id'])
    op.execute(
        'INSERT INTO newsletter_roles (newsletter_id, user_id, role, given_at, given_by) '
        "SELECT newsletters.id, users.id, 'owner', users.created_at, '' FROM newsletters, users"
    )


def downgrade() -> None:
    op.drop_table('newsletter_roles')
    op.drop_column('users', 'administrator_since')
