"""indexes for the filters of subscribers: tags, attributes, sources, days, what came back

Tags and attributes are JSON. What is in them has tables of its own, which triggers fill.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0041'
down_revision = '0040'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_tables()
    make = _POSTGRESQL if op.get_bind().dialect.name == 'postgresql' else _SQLITE
    for statement in make:
        op.execute(statement)
    op.create_index(op.f('ix_subscriptions_newsletter_id_created_at_subscriber_id'), 'subscriptions', ['newsletter_id', 'created_at', 'subscriber_id'])
    op.create_index(op.f('ix_consents_kind_subscription_id'), 'consents', ['kind', 'subscription_id'])
    op.create_index(op.f('ix_feedback_newsletter_id_verdict_subscriber_id'), 'feedback', ['newsletter_id', 'verdict', 'subscriber_id'])


def downgrade() -> None:
    op.drop_index(op.f('ix_feedback_newsletter_id_verdict_subscriber_id'), 'feedback')
    op.drop_index(op.f('ix_consents_kind_subscription_id'), 'consents')
    op.drop_index(op.f('ix_subscriptions_newsletter_id_created_at_subscriber_id'), 'subscriptions')
    is_postgresql = op.get_bind().dialect.name == 'postgresql'
    for index, table in (('subscription_tags', 'subscriptions'), ('subscriber_attributes', 'subscribers')):
        for moment in ('added', 'changed', 'deleted'):
            on = f' ON {table}' if is_postgresql else ''
            op.execute(f'DROP TRIGGER {index}_{moment}{on}')
        if is_postgresql:
            op.execute(f'DROP FUNCTION add_{index}()')
            op.execute(f'DROP FUNCTION change_{index}()')
        op.drop_table(index)


def _make_tables() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.create_table(
        'subscription_tags',
        sa.Column('newsletter_id', number, nullable=False),
        sa.Column('tag', sa.String(), nullable=False),
        sa.Column('subscriber_id', number, nullable=False),
        sa.PrimaryKeyConstraint('newsletter_id', 'tag', 'subscriber_id', name=op.f('pk_subscription_tags')),
        sqlite_with_rowid=False,
    )
    op.create_table(
        'subscriber_attributes',
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('value', sa.String(), nullable=False),
        sa.Column('subscriber_id', number, nullable=False),
        sa.PrimaryKeyConstraint('name', 'value', 'subscriber_id', name=op.f('pk_subscriber_attributes')),
        sqlite_with_rowid=False,
    )


# Cut beyond the 300 characters that a condition has at most.
_TAGS_SQLITE = """
    INSERT OR IGNORE INTO subscription_tags (newsletter_id, tag, subscriber_id)
    SELECT {row}.newsletter_id, substr(lower(found.value), 1, 301), {row}.subscriber_id
    FROM {source}json_each({row}.tags) AS found WHERE found.type = 'text' AND {row}.tags <> '[]'
"""
_ATTRIBUTES_SQLITE = """
    INSERT OR IGNORE INTO subscriber_attributes (name, value, subscriber_id)
    SELECT substr(found.key, 1, 301), substr(lower(CASE WHEN found.type IN ('true', 'false')
        THEN found.type ELSE CAST(found.value AS TEXT) END), 1, 301), {row}.id
    FROM {source}json_each({row}.attributes) AS found
    WHERE found.type <> 'null' AND found.key IS NOT NULL AND {row}.attributes <> '{{}}'
"""
_NO_TAGS_SQLITE = """
    DELETE FROM subscription_tags
    WHERE newsletter_id = OLD.newsletter_id AND subscriber_id = OLD.subscriber_id
    AND tag IN (SELECT substr(lower(value), 1, 301) FROM json_each(OLD.tags))
"""
_NO_ATTRIBUTES_SQLITE = """
    DELETE FROM subscriber_attributes WHERE subscriber_id = OLD.id
    AND name IN (SELECT substr(key, 1, 301) FROM json_each(OLD.attributes))
"""


def _triggers_sqlite(index: str, table: str, column: str, empty: str, add: str, drop: str) -> list[str]:
    added = add.format(row='NEW', source='')
    return [
        f"CREATE TRIGGER {index}_added AFTER INSERT ON {table} WHEN NEW.{column} <> '{empty}' BEGIN {added}; END",
        f'CREATE TRIGGER {index}_changed AFTER UPDATE OF {column} ON {table} WHEN OLD.{column} <> NEW.{column} BEGIN {drop}; {added}; END',
        f"CREATE TRIGGER {index}_deleted AFTER DELETE ON {table} WHEN OLD.{column} <> '{empty}' BEGIN {drop}; END",
        add.format(row=table, source=f'{table}, '),
    ]


_SQLITE = [
    *_triggers_sqlite('subscription_tags', 'subscriptions', 'tags', '[]', _TAGS_SQLITE, _NO_TAGS_SQLITE),
    *_triggers_sqlite('subscriber_attributes', 'subscribers', 'attributes', '{}', _ATTRIBUTES_SQLITE, _NO_ATTRIBUTES_SQLITE),
]

_TAGS_POSTGRESQL = """
    INSERT INTO subscription_tags (newsletter_id, tag, subscriber_id)
    SELECT newsletter_id, left(lower(one), 301), subscriber_id
    FROM {source}, jsonb_array_elements_text(CASE jsonb_typeof(tags) WHEN 'array' THEN tags ELSE '[]' END) AS one
    WHERE tags <> '[]' AND one IS NOT NULL
    ON CONFLICT DO NOTHING
"""
_ATTRIBUTES_POSTGRESQL = """
    INSERT INTO subscriber_attributes (name, value, subscriber_id)
    SELECT left(one.key, 301), left(lower(one.value), 301), id
    FROM {source}, jsonb_each_text(CASE jsonb_typeof(attributes) WHEN 'object' THEN attributes ELSE '{{}}' END) AS one
    WHERE attributes <> '{{}}' AND one.value IS NOT NULL
    ON CONFLICT DO NOTHING
"""
_NO_TAGS_POSTGRESQL = """
    DELETE FROM subscription_tags
    WHERE newsletter_id = OLD.newsletter_id AND subscriber_id = OLD.subscriber_id
    AND tag IN (SELECT left(lower(one), 301) FROM jsonb_array_elements_text(OLD.tags) AS one)
"""
_NO_ATTRIBUTES_POSTGRESQL = """
    DELETE FROM subscriber_attributes AS known USING jsonb_each_text(OLD.attributes) AS one
    WHERE known.name = left(one.key, 301) AND known.value = left(lower(one.value), 301)
    AND known.subscriber_id = OLD.id
"""


def _triggers_postgresql(index: str, table: str, column: str, empty: str, add: str, drop: str) -> list[str]:
    # Rows that are added come by the thousand, so they are taken together.
    return [
        f"""
        CREATE OR REPLACE FUNCTION add_{index}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN {add.format(source='added')}; RETURN NULL; END $$
        """,
        f"""
        CREATE OR REPLACE FUNCTION change_{index}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {drop};
            IF TG_OP = 'UPDATE' THEN {add.format(source='(SELECT NEW.*) AS changed')}; END IF;
            RETURN NULL;
        END $$
        """,
        f"""
        CREATE TRIGGER {index}_added AFTER INSERT ON {table} REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION add_{index}()
        """,
        f"""
        CREATE TRIGGER {index}_changed AFTER UPDATE OF {column} ON {table} FOR EACH ROW
        WHEN (OLD.{column} IS DISTINCT FROM NEW.{column}) EXECUTE FUNCTION change_{index}()
        """,
        f"""
        CREATE TRIGGER {index}_deleted AFTER DELETE ON {table} FOR EACH ROW
        WHEN (OLD.{column} <> '{empty}') EXECUTE FUNCTION change_{index}()
        """,
        add.format(source=table),
    ]


_POSTGRESQL = [
    *_triggers_postgresql('subscription_tags', 'subscriptions', 'tags', '[]', _TAGS_POSTGRESQL, _NO_TAGS_POSTGRESQL),
    *_triggers_postgresql('subscriber_attributes', 'subscribers', 'attributes', '{}', _ATTRIBUTES_POSTGRESQL, _NO_ATTRIBUTES_POSTGRESQL),
]
