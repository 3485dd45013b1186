"""an index for parts of addresses and names, where PostgreSQL has pg_trgm"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

# Known to difference_from_models by the end of their names: no model has them, since not every
# database can.
INDEXES = {
    'ix_subscribers_address_key_trgm': 'address_key',
    'ix_subscribers_name_trgm': 'name',
}


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != 'postgresql' or not _has_trigrams(connection):
        return
    for name, what in INDEXES.items():
        op.execute(f'CREATE INDEX {name} ON subscribers USING gin ({what} gin_trgm_ops)')


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        for name in INDEXES:
            op.execute(f'DROP INDEX IF EXISTS {name}')


def _has_trigrams(connection: sa.Connection) -> bool:
    """Its owner may add it to a database, but not every role owns its database."""
    try:
        with connection.begin_nested():
            connection.execute(sa.text('CREATE EXTENSION IF NOT EXISTS pg_trgm'))
    except sa.exc.DBAPIError:
        return False
    return True
