"""doubts about dead addresses that come back in masses"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.create_table(
        'doubts',
        sa.Column('id', number, nullable=False),
        sa.Column('edition_id', number, nullable=False),
        sa.Column('domain', sa.String(), nullable=False),
        sa.Column('since', sa.DateTime(timezone=True), nullable=False),
        sa.Column('dead', sa.Integer(), nullable=False),
        sa.Column('taken', sa.Integer(), nullable=False),
        sa.Column('words', sa.Text(), nullable=False),
        sa.Column('decision', sa.String(), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decided_by', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['edition_id'], ['editions.id'], name=op.f('fk_doubts_edition_id_editions')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_doubts')),
        sa.UniqueConstraint('edition_id', 'domain', name=op.f('uq_doubts_edition_id_domain')),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table('doubts')
