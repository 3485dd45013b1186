"""when subscribers last got an issue: a row for each subscription, which triggers keep

The ticker notes the editions that have been sent.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0048'
down_revision = '0047'
branch_labels = None
depends_on = None

_ROWS = """
    INSERT INTO last_mailed (newsletter_id, subscriber_id, state, at)
    SELECT newsletter_id, subscriber_id, state, '1970-01-01 00:00:00.000000' FROM
"""
_THIS = 'newsletter_id = {row}.newsletter_id AND subscriber_id = {row}.subscriber_id'


def upgrade() -> None:
    _make_tables()
    op.execute(f'{_ROWS} subscriptions ORDER BY newsletter_id, subscriber_id')
    op.create_index(op.f('ix_last_mailed_newsletter_id_state_at_subscriber_id'), 'last_mailed', ['newsletter_id', 'state', 'at', 'subscriber_id'])
    for statement in _POSTGRESQL if op.get_bind().dialect.name == 'postgresql' else _SQLITE:
        op.execute(statement)


def downgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == 'postgresql'
    for moment in ('added', 'changed', 'deleted'):
        op.execute(f'DROP TRIGGER last_mailed_{moment}' + (' ON subscriptions' if is_postgresql else ''))
        if is_postgresql:
            op.execute(f'DROP FUNCTION last_mailed_{moment}()')
    op.drop_table('mailed_editions')
    op.drop_table('last_mailed')


def _make_tables() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.create_table(
        'last_mailed',
        sa.Column('newsletter_id', number, nullable=False),
        sa.Column('subscriber_id', number, nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('newsletter_id', 'subscriber_id', name=op.f('pk_last_mailed')),
        sqlite_with_rowid=False,
    )
    op.create_table(
        'mailed_editions',
        sa.Column('edition_id', number, nullable=False, autoincrement=False),
        sa.Column('noted_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('edition_id', name=op.f('pk_mailed_editions')),
    )


_SQLITE = [
    f"""
    CREATE TRIGGER last_mailed_added AFTER INSERT ON subscriptions BEGIN
        INSERT INTO last_mailed (newsletter_id, subscriber_id, state, at)
        VALUES (NEW.newsletter_id, NEW.subscriber_id, NEW.state, '1970-01-01 00:00:00.000000');
    END
    """,
    f"""
    CREATE TRIGGER last_mailed_changed AFTER UPDATE OF state ON subscriptions
    WHEN OLD.state <> NEW.state BEGIN
        UPDATE last_mailed SET state = NEW.state WHERE {_THIS.format(row='NEW')};
    END
    """,
    f"""
    CREATE TRIGGER last_mailed_deleted AFTER DELETE ON subscriptions BEGIN
        DELETE FROM last_mailed WHERE {_THIS.format(row='OLD')};
    END
    """,
]
_POSTGRESQL = [
    # Rows that are added come by the thousand, so they are taken together.
    f"""
    CREATE OR REPLACE FUNCTION last_mailed_added() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN {_ROWS} added; RETURN NULL; END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION last_mailed_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE last_mailed SET state = NEW.state WHERE {_THIS.format(row='NEW')};
        RETURN NULL;
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION last_mailed_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN DELETE FROM last_mailed WHERE {_THIS.format(row='OLD')}; RETURN NULL; END $$
    """,
    """
    CREATE TRIGGER last_mailed_added AFTER INSERT ON subscriptions
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION last_mailed_added()
    """,
    """
    CREATE TRIGGER last_mailed_changed AFTER UPDATE OF state ON subscriptions FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION last_mailed_changed()
    """,
    """
    CREATE TRIGGER last_mailed_deleted AFTER DELETE ON subscriptions
    FOR EACH ROW EXECUTE FUNCTION last_mailed_deleted()
    """,
]
