"""issues have versions, and deleted drafts can come back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from newsletter.store.models.base import UtcDateTime

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_JSON = sa.JSON().with_variant(JSONB(), 'postgresql')


def upgrade() -> None:
    op.add_column(
        'issues', sa.Column('head_version', sa.Integer(), nullable=False, server_default='1')
    )
    for table in ('sections', 'entries'):
        op.add_column(table, sa.Column('version', sa.Integer(), nullable=False, server_default='1'))
        op.add_column(table, sa.Column('key', sa.String(), nullable=False, server_default=''))
    op.create_table(
        'issue_versions',
        sa.Column('id', _ID, nullable=False),
        sa.Column('issue_id', _ID, nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('action', sa.String(), nullable=False),
        sa.Column('who_kind', sa.String(), nullable=False),
        sa.Column('who_id', _ID, nullable=True),
        sa.Column('who_name', sa.String(), nullable=False),
        sa.Column('started_at', UtcDateTime(), nullable=False),
        sa.Column('saved_at', UtcDateTime(), nullable=False),
        sa.Column('content', _JSON, nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_issue_versions')),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f('ix_issue_versions_issue_id_id'), 'issue_versions', ['issue_id', 'id']
    )
    op.create_index(op.f('ix_issue_versions_saved_at'), 'issue_versions', ['saved_at'])
    op.create_table(
        'deleted_drafts',
        sa.Column('issue_id', _ID, autoincrement=False, nullable=False),
        sa.Column('newsletter_id', _ID, nullable=False),
        sa.Column('title', sa.String(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('content', _JSON, nullable=False),
        sa.Column('row', _JSON, nullable=False),
        sa.Column('created_at', UtcDateTime(), nullable=False),
        sa.Column('deleted_at', UtcDateTime(), nullable=False),
        sa.Column('deleted_by', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ['newsletter_id'], ['newsletters.id'], name=op.f('fk_deleted_drafts_newsletter_id_newsletters')
        ),
        sa.PrimaryKeyConstraint('issue_id', name=op.f('pk_deleted_drafts')),
    )
    op.create_index(
        op.f('ix_deleted_drafts_newsletter_id_deleted_at'),
        'deleted_drafts',
        ['newsletter_id', 'deleted_at'],
    )


def downgrade() -> None:
    op.drop_table('deleted_drafts')
    op.drop_table('issue_versions')
    for table in ('sections', 'entries'):
        op.drop_column(table, 'key')
        op.drop_column(table, 'version')
    op.drop_column('issues', 'head_version')
