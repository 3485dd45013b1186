"""how many readers clicked on each link, kept as clicks are counted"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0045'
down_revision = '0044'
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.create_table(
        'click_readers',
        sa.Column('edition_id', number, nullable=False),
        sa.Column('number', sa.Integer(), nullable=False, autoincrement=False),
        sa.Column('readers', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['edition_id'], ['editions.id'], name=op.f('fk_click_readers_edition_id_editions')),
        sa.PrimaryKeyConstraint('edition_id', 'number', name=op.f('pk_click_readers')),
    )
    # Zero stands for any link.
    for link in ('number', '0'):
        op.execute(
            f"""
            INSERT INTO click_readers (edition_id, number, readers)
            SELECT edition_id, {link} AS link, count(DISTINCT subscriber_id) FROM clicks
            WHERE verdict = 'person' AND subscriber_id IS NOT NULL
            AND edition_id IN (SELECT id FROM editions)
            GROUP BY edition_id, link
            """
        )


def downgrade() -> None:
    op.drop_table('click_readers')
