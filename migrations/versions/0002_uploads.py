"""files that wait for an editor's yes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from newsletter.store.models import base as models

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'uploads',
        sa.Column('id', Id, nullable=False),
        sa.Column('newsletter_id', Id, nullable=False),
        sa.Column('file_name', sa.String(), nullable=False),
        sa.Column('consent', sa.String(), nullable=False),
        sa.Column('actor', sa.String(), nullable=False),
        sa.Column('created_at', models.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['newsletter_id'], ['newsletters.id'], name=op.f('fk_uploads_newsletter_id_newsletters')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_uploads')),
    )
    op.create_table(
        'upload_parts',
        sa.Column('upload_id', Id, nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ['upload_id'], ['uploads.id'], name=op.f('fk_upload_parts_upload_id_uploads')
        ),
        sa.PrimaryKeyConstraint('upload_id', 'position', name=op.f('pk_upload_parts')),
    )


def downgrade() -> None:
    op.drop_table('upload_parts')
    op.drop_table('uploads')
