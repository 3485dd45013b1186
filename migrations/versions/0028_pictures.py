"""libraries of pictures"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    json = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')
    op.create_table(
        'pictures',
        sa.Column('id', number, nullable=False),
        sa.Column('newsletter_id', number, nullable=False),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('webps', json, nullable=False),
        sa.Column('width', sa.Integer(), nullable=False),
        sa.Column('height', sa.Integer(), nullable=False),
        sa.Column('size_bytes', sa.Integer(), nullable=False),
        sa.Column('alt', sa.Text(), nullable=False),
        sa.Column('file_name', sa.Text(), nullable=False),
        sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('added_by', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['newsletter_id'], ['newsletters.id'], name=op.f('fk_pictures_newsletter_id_newsletters')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_pictures')),
        sa.UniqueConstraint('newsletter_id', 'name', name=op.f('uq_pictures_newsletter_id_name')),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_pictures_name'), 'pictures', ['name'])


def downgrade() -> None:
    op.drop_table('pictures')
