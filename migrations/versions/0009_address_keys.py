"""the key of an address: its domain as an A-label, its local part in lower case"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from alembic import context, op
from email_validator import EmailNotValidError, validate_email

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

AT_ONCE = 5000


def upgrade() -> None:
    with op.batch_alter_table('suppressions') as batch_op:
        batch_op.add_column(
            sa.Column('is_former', sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table('uploads') as batch_op:
        batch_op.add_column(sa.Column('choices', Json, nullable=False, server_default='{}'))
    connection = op.get_bind()
    connection.execute(sa.text('UPDATE suppressions SET is_former = true'))
    for table in ('subscribers', 'users'):
        _change_keys(connection, table, _key)
    hash_key = context.config.attributes.get('address_hash_key', '')
    if hash_key:
        _hash_again(connection, hash_key.encode())


def downgrade() -> None:
    """Suppressions of addresses beyond ASCII that were made since are not found by their old key."""
    for table in ('subscribers', 'users'):
        _change_keys(op.get_bind(), table, _former_key)
    with op.batch_alter_table('uploads') as batch_op:
        batch_op.drop_column('choices')
    with op.batch_alter_table('suppressions') as batch_op:
        batch_op.drop_column('is_former')


Json = sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), 'postgresql')


def _change_keys(connection: sa.Connection, table: str, key_of: Any) -> None:
    """Of addresses beyond ASCII alone: all others have the same key as before.

    No two rows come to have one key: what one key tells apart now, it told apart or took for one
    before. Should it be so all the same, in rows made by hand, the second keeps the key it has.
    """
    beyond_ascii = {
        'postgresql': 'octet_length(address) <> char_length(address)',
        'sqlite': 'length(CAST(address AS BLOB)) <> length(address)',
    }[connection.dialect.name]
    taken = sa.text(f'SELECT 1 FROM {table} WHERE address_key = :key AND id <> :id')
    change = sa.text(f'UPDATE {table} SET address_key = :key WHERE id = :id')
    rows = f'SELECT id, address FROM {table} WHERE id > :last AND {beyond_ascii}'
    for row in _pages(connection, rows):
        new = {'id': row.id, 'key': key_of(row.address)}
        if connection.execute(taken, new).first() is None:
            connection.execute(change, new)


def _hash_again(connection: sa.Connection, hash_key: bytes) -> None:
    """Of suppressed readers whose address is known. Those of the erased stay `is_former`."""
    change = sa.text(
        'UPDATE suppressions SET address_hash = :new, is_former = false '
        'WHERE address_hash = :former AND is_former = true'
    )
    rows = (
        'SELECT id, address FROM subscribers WHERE id > :last AND address IS NOT NULL AND EXISTS '
        "(SELECT 1 FROM subscriptions WHERE subscriber_id = subscribers.id AND state = 'suppressed')"
    )
    for row in _pages(connection, rows):
        former = _hash(_former_key(row.address), hash_key)
        connection.execute(change, {'former': former, 'new': _hash(_key(row.address), hash_key)})


def _pages(connection: sa.Connection, rows: str) -> Iterator[Any]:
    last = 0
    while page := connection.execute(
        sa.text(f'{rows} ORDER BY id LIMIT {AT_ONCE}'), {'last': last}
    ).all():
        yield from page
        last = page[-1].id


def _hash(address_key: str, key: bytes) -> str:
    return hmac.digest(key, address_key.encode(), 'sha256').hex()


# Both as they are made now, and whatever becomes of them later.
def _former_key(address: str) -> str:
    return address.strip().casefold()


def _key(address: str) -> str:
    local, at, domain = address.strip().rpartition('@')
    return f'{unicodedata.normalize("NFC", local.lower())}{at}{_a_label(domain)}'


@lru_cache(maxsize=10_000)
def _a_label(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    try:
        return validate_email(f'x@{domain}', check_deliverability=False).ascii_domain.lower()
    except EmailNotValidError:
        return domain.lower()
