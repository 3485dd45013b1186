"""what was searched for is not kept with what was done to all that was found

It is often the address of one person, who may be erased since.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0050'
down_revision = '0049'
branch_labels = None
depends_on = None

_MARK = ', found by “'
_EVENTS = sa.table(
    'events',
    sa.column('id', sa.BigInteger),
    sa.column('action', sa.String),
    sa.column('facts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')),
)


def upgrade() -> None:
    connection = op.get_bind()
    changed = _EVENTS.c.action == 'newsletter.subscribers_changed'
    for row in connection.execute(sa.select(_EVENTS).where(changed)).all():
        before, found, _ = str(row.facts.get('whom', '')).partition(_MARK)
        if found:
            facts = {**row.facts, 'whom': f'{before}, found by a search'}
            connection.execute(_EVENTS.update().where(_EVENTS.c.id == row.id).values(facts=facts))


def downgrade() -> None:
    """They are gone."""
