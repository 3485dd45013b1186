"""each newsletter has its own name and attributes of a subscriber

Each keeps what it saw until now: all of it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0047'
down_revision = '0046'
branch_labels = None
depends_on = None

_COPY = """
    UPDATE subscriptions SET name = theirs.name, attributes = theirs.attributes
    FROM subscribers AS theirs
    WHERE theirs.id = subscriptions.subscriber_id
    AND (theirs.name <> '' OR theirs.attributes <> '{}')
"""
_COPY_BACK = """
    UPDATE subscribers SET name = ours.name, attributes = ours.attributes
    FROM subscriptions AS ours
    WHERE ours.id = (
        SELECT max(id) FROM subscriptions
        WHERE subscriber_id = subscribers.id AND (name <> '' OR attributes <> '{}')
    )
"""


def upgrade() -> None:
    _drop_index('subscriber_attributes', 'subscribers')
    _add_columns('subscriptions')
    op.execute(_COPY)
    _make_index('subscription_attributes', 'subscriptions', ('newsletter_id', 'subscriber_id'), ('newsletter_id', 'subscriber_id'))
    _move_trigrams('subscribers', 'subscriptions')
    _drop_columns('subscribers')


def downgrade() -> None:
    _drop_index('subscription_attributes', 'subscriptions')
    _add_columns('subscribers')
    op.execute(_COPY_BACK)
    _make_index('subscriber_attributes', 'subscribers', ('subscriber_id',), ('id',))
    _move_trigrams('subscriptions', 'subscribers')
    _drop_columns('subscriptions')


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == 'postgresql'


def _add_columns(table: str) -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')
    op.add_column(table, sa.Column('name', sa.String(), nullable=False, server_default=''))
    op.add_column(table, sa.Column('attributes', json, nullable=False, server_default='{}'))


def _drop_columns(table: str) -> None:
    op.drop_column(table, 'name')
    op.drop_column(table, 'attributes')


def _move_trigrams(old: str, new: str) -> None:
    """Where the database can have them, see 0005."""
    if _is_postgresql() and op.get_bind().scalar(sa.text(f"SELECT to_regclass('ix_{old}_name_trgm')")):
        op.execute(f'DROP INDEX ix_{old}_name_trgm')
        op.execute(f'CREATE INDEX ix_{new}_name_trgm ON {new} USING gin (name gin_trgm_ops)')


def _drop_index(index: str, table: str) -> None:
    for moment in ('added', 'changed', 'deleted'):
        on = f' ON {table}' if _is_postgresql() else ''
        op.execute(f'DROP TRIGGER {index}_{moment}{on}')
    if _is_postgresql():
        op.execute(f'DROP FUNCTION add_{index}()')
        op.execute(f'DROP FUNCTION change_{index}()')
    op.drop_table(index)


def _make_index(index: str, table: str, columns: tuple[str, ...], sources: tuple[str, ...]) -> None:
    """What 0041 made, with a subscriber's id or with a newsletter's before it."""
    number = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    keys = [*columns[:-1], 'name', 'value', columns[-1]]
    op.create_table(
        index,
        *(sa.Column(one, sa.String() if one in {'name', 'value'} else number, nullable=False) for one in keys),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f'pk_{index}')),
        sqlite_with_rowid=False,
    )
    make = _postgresql if _is_postgresql() else _sqlite
    for statement in make(index, table, columns, sources):
        op.execute(statement)


# Cut beyond the 300 characters that a condition has at most.
def _sqlite(index: str, table: str, columns: tuple[str, ...], sources: tuple[str, ...]) -> list[str]:
    def add(row: str, source: str = '') -> str:
        return f"""
            INSERT OR IGNORE INTO {index} ({', '.join(columns)}, name, value)
            SELECT {', '.join(f'{row}.{one}' for one in sources)}, substr(found.key, 1, 301),
                substr(lower(CASE WHEN found.type IN ('true', 'false')
                    THEN found.type ELSE CAST(found.value AS TEXT) END), 1, 301)
            FROM {source}json_each({row}.attributes) AS found
            WHERE found.type <> 'null' AND found.key IS NOT NULL AND {row}.attributes <> '{{}}'
        """

    drop = f"""
        DELETE FROM {index}
        WHERE {' AND '.join(f'{column} = OLD.{source}' for column, source in zip(columns, sources, strict=True))}
        AND name IN (SELECT substr(key, 1, 301) FROM json_each(OLD.attributes))
    """
    on = 'attributes'
    return [
        f"CREATE TRIGGER {index}_added AFTER INSERT ON {table} WHEN NEW.{on} <> '{{}}' BEGIN {add('NEW')}; END",
        f'CREATE TRIGGER {index}_changed AFTER UPDATE OF {on} ON {table} WHEN OLD.{on} <> NEW.{on} BEGIN {drop}; {add("NEW")}; END',
        f"CREATE TRIGGER {index}_deleted AFTER DELETE ON {table} WHEN OLD.{on} <> '{{}}' BEGIN {drop}; END",
        add(table, f'{table}, '),
    ]


def _postgresql(index: str, table: str, columns: tuple[str, ...], sources: tuple[str, ...]) -> list[str]:
    def add(source: str) -> str:
        return f"""
            INSERT INTO {index} ({', '.join(columns)}, name, value)
            SELECT {', '.join(f'theirs.{one}' for one in sources)}, left(one.key, 301), left(lower(one.value), 301)
            FROM {source} AS theirs, jsonb_each_text(
                CASE jsonb_typeof(theirs.attributes) WHEN 'object' THEN theirs.attributes ELSE '{{}}' END
            ) AS one
            WHERE theirs.attributes <> '{{}}' AND one.value IS NOT NULL
            ON CONFLICT DO NOTHING
        """

    drop = f"""
        DELETE FROM {index} AS known USING jsonb_each_text(OLD.attributes) AS one
        WHERE known.name = left(one.key, 301) AND known.value = left(lower(one.value), 301)
        AND {' AND '.join(f'known.{column} = OLD.{source}' for column, source in zip(columns, sources, strict=True))}
    """
    # Rows that are added come by the thousand, so they are taken together.
    return [
        f"""
        CREATE OR REPLACE FUNCTION add_{index}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN {add('added')}; RETURN NULL; END $$
        """,
        f"""
        CREATE OR REPLACE FUNCTION change_{index}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {drop};
            IF TG_OP = 'UPDATE' THEN {add('(SELECT NEW.*)')}; END IF;
            RETURN NULL;
        END $$
        """,
        f"""
        CREATE TRIGGER {index}_added AFTER INSERT ON {table} REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION add_{index}()
        """,
        f"""
        CREATE TRIGGER {index}_changed AFTER UPDATE OF attributes ON {table} FOR EACH ROW
        WHEN (OLD.attributes IS DISTINCT FROM NEW.attributes) EXECUTE FUNCTION change_{index}()
        """,
        f"""
        CREATE TRIGGER {index}_deleted AFTER DELETE ON {table} FOR EACH ROW
        WHEN (OLD.attributes <> '{{}}') EXECUTE FUNCTION change_{index}()
        """,
        add(table),
    ]
