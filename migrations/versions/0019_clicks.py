"""links of editions, clicks on them, and figures kept by day and by domain"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from newsletter.store.models.base import Id, UtcDateTime

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def _add(table: str, name: str, kind: object, default: object) -> None:
    op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))


def upgrade() -> None:
    _add('newsletters', 'clicks', sa.String(), 'off')
    _add('newsletters', 'link_parameters', sa.String(), '')
    _add('entries', 'plain_links', sa.Boolean(), sa.false())
    _add('entries', 'link_parameters', sa.String(), '')
    op.create_table(
        'edition_links',
        sa.Column('edition_id', Id, nullable=False),
        sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('url', sa.Text(), nullable=False),
        sa.Column('label', sa.Text(), nullable=False),
        sa.Column('section', sa.Text(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['edition_id'], ['editions.id'], name='fk_edition_links_edition_id_editions'),
        sa.PrimaryKeyConstraint('edition_id', 'number', name='pk_edition_links'),
    )
    op.create_table(
        'clicks',
        sa.Column('id', Id, autoincrement=False, nullable=False),
        sa.Column('edition_id', Id, nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('subscriber_id', Id, nullable=True),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.Column('client', Id, nullable=True),
        sa.Column('sign', sa.String(), nullable=False),
        sa.Column('verdict', sa.String(), nullable=True),
        sa.PrimaryKeyConstraint('id', name='pk_clicks'),
    )
    for name, column in (('unjudged', 'verdict IS NULL'), ('client', 'client IS NOT NULL')):
        where = sa.text(column)
        op.create_index(
            f'ix_clicks_{name}', 'clicks', ['at'], postgresql_where=where, sqlite_where=where
        )
    op.create_index('ix_clicks_edition_id_at', 'clicks', ['edition_id', 'at'])
    op.create_index('ix_clicks_subscriber_id_at', 'clicks', ['subscriber_id', 'at'])
    op.create_table(
        'click_counts',
        sa.Column('edition_id', Id, nullable=False),
        sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('verdict', sa.String(), nullable=False),
        sa.Column('clicks', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['edition_id'], ['editions.id'], name='fk_click_counts_edition_id_editions'),
        sa.PrimaryKeyConstraint('edition_id', 'number', 'verdict', name='pk_click_counts'),
    )
    op.create_table(
        'reader_days',
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('newsletter_id', Id, nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('how', sa.String(), nullable=False),
        sa.Column('readers', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['newsletter_id'], ['newsletters.id'], name='fk_reader_days_newsletter_id_newsletters'),
        sa.PrimaryKeyConstraint('day', 'newsletter_id', 'kind', 'how', name='pk_reader_days'),
    )
    op.create_table(
        'edition_domains',
        sa.Column('edition_id', Id, nullable=False),
        sa.Column('domain', sa.String(), nullable=False),
        sa.Column('copies', sa.Integer(), nullable=False),
        sa.Column('accepted', sa.Integer(), nullable=False),
        sa.Column('failed', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['edition_id'], ['editions.id'], name='fk_edition_domains_edition_id_editions'),
        sa.PrimaryKeyConstraint('edition_id', 'domain', name='pk_edition_domains'),
    )
    op.create_index('ix_consents_at', 'consents', ['at'])


def downgrade() -> None:
    op.drop_index('ix_consents_at', 'consents')
    for table in ('edition_domains', 'reader_days', 'click_counts', 'clicks', 'edition_links'):
        op.drop_table(table)
    for table, name in (
        ('entries', 'link_parameters'),
        ('entries', 'plain_links'),
        ('newsletters', 'link_parameters'),
        ('newsletters', 'clicks'),
    ):
        op.drop_column(table, name)
