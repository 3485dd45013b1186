"""invitations to a role in a newsletter"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0035'
down_revision = '0034'
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    moment = sa.DateTime(timezone=True)
    op.create_table(
        'invitations',
        sa.Column('id', number, nullable=False),
        sa.Column('newsletter_id', number, nullable=False),
        sa.Column('address', sa.String(), nullable=False),
        sa.Column('address_key', sa.String(), nullable=False),
        sa.Column('role', sa.String(), nullable=False),
        sa.Column('invited_by', sa.String(), nullable=False),
        sa.Column('created_at', moment, nullable=False),
        sa.Column('sent_at', moment, nullable=False),
        sa.Column('expires_at', moment, nullable=False),
        sa.Column('accepted_at', moment),
        sa.Column('withdrawn_at', moment),
        sa.Column('stamp', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['newsletter_id'], ['newsletters.id'], name=op.f('fk_invitations_newsletter_id_newsletters'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_invitations')),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_invitations_newsletter_id'), 'invitations', ['newsletter_id'])


def downgrade() -> None:
    op.drop_table('invitations')
