"""a suppression says for which newsletter and who said so; soft bounces end by a rule"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import context, op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

AT_ONCE = 5000
FOR_ALL = sa.text('newsletter_id IS NULL')
Id = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
RULE = {'soft_bounce_issues': '3', 'soft_bounce_days': '14'}


def upgrade() -> None:
    for name, default in RULE.items():
        op.add_column('newsletters', sa.Column(name, sa.Integer(), nullable=False, server_default=default))
    highest = _highest_id()
    with op.batch_alter_table('suppressions', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.add_column(sa.Column('newsletter_id', Id, nullable=True))
        batch_op.add_column(sa.Column('subscriber_id', Id, nullable=True))
        batch_op.add_column(sa.Column('source', sa.String(), nullable=False, server_default='editor'))
        batch_op.drop_constraint('uq_suppressions_address_hash', type_='unique')
        batch_op.create_foreign_key(
            batch_op.f('fk_suppressions_newsletter_id_newsletters'), 'newsletters', ['newsletter_id'], ['id']
        )
    _keep_highest_id(highest)
    op.create_index(
        'uq_suppressions_for_all', 'suppressions', ['address_hash'], unique=True,
        postgresql_where=FOR_ALL, sqlite_where=FOR_ALL,
    )
    op.create_index('uq_suppressions_for_one', 'suppressions', ['address_hash', 'newsletter_id'], unique=True)
    _say_who_said_so()
    hash_key = context.config.attributes.get('address_hash_key', '')
    if hash_key:
        _say_whose_it_is(hash_key.encode())


def downgrade() -> None:
    """Suppressions for one newsletter become suppressions for all: nobody gets mail by going back."""
    op.execute(
        'DELETE FROM suppressions WHERE newsletter_id IS NOT NULL AND EXISTS (SELECT 1 FROM suppressions AS other '
        'WHERE other.address_hash = suppressions.address_hash '
        'AND (other.newsletter_id IS NULL OR other.id < suppressions.id))'
    )
    highest = _highest_id()
    op.drop_index('uq_suppressions_for_one', 'suppressions')
    op.drop_index('uq_suppressions_for_all', 'suppressions')
    with op.batch_alter_table('suppressions', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.drop_constraint('fk_suppressions_newsletter_id_newsletters', type_='foreignkey')
        for name in ('source', 'subscriber_id', 'newsletter_id'):
            batch_op.drop_column(name)
        batch_op.create_unique_constraint('uq_suppressions_address_hash', ['address_hash'])
    _keep_highest_id(highest)
    for name in RULE:
        op.drop_column('newsletters', name)


def _say_who_said_so() -> None:
    op.execute(
        "UPDATE suppressions SET source = CASE WHEN detail LIKE '% elsewhere%' THEN 'import' "
        "WHEN reason = 'hard bounce' AND actor = 'system' THEN 'relay' "
        "WHEN reason IN ('hard bounce', 'complaint') THEN 'import' ELSE 'editor' END"
    )


def _say_whose_it_is(hash_key: bytes) -> None:
    """Of suppressed readers whose address is known."""
    connection = op.get_bind()
    change = sa.text('UPDATE suppressions SET subscriber_id = :id WHERE address_hash = :hash AND is_former = false')
    for row in _suppressed(connection):
        digest = hmac.digest(hash_key, row.address_key.encode(), 'sha256').hex()
        connection.execute(change, {'id': row.id, 'hash': digest})


def _suppressed(connection: sa.Connection) -> Iterator[Any]:
    rows = sa.text(
        'SELECT id, address_key FROM subscribers WHERE id > :last AND address_key IS NOT NULL AND EXISTS '
        "(SELECT 1 FROM subscriptions WHERE subscriber_id = subscribers.id AND state = 'suppressed') "
        f'ORDER BY id LIMIT {AT_ONCE}'
    )
    last = 0
    while page := connection.execute(rows, {'last': last}).all():
        yield from page
        last = page[-1].id


def _highest_id() -> int:
    """SQLite keeps it with the table, and a table that is copied forgets it."""
    if op.get_bind().dialect.name != 'sqlite':
        return 0
    found = op.get_bind().scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'suppressions'"))
    return int(found or 0)


def _keep_highest_id(highest: int) -> None:
    if op.get_bind().dialect.name != 'sqlite':
        return
    op.execute("DELETE FROM sqlite_sequence WHERE name = 'suppressions'")
    op.execute(f"INSERT INTO sqlite_sequence (name, seq) VALUES ('suppressions', {highest})")
