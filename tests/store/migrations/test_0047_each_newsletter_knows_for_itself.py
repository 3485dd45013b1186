"""Each newsletter keeps the name and attributes that it saw, and from then on has its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from sqlalchemy import select, text

from newsletter.store.database import Database
from newsletter.store.models import Subscription, SubscriptionAttribute
from newsletter.store.schema import difference_from_models, migrate
from tests.store.migrations.conftest import config_on
from tests.store.migrations.test_0017_the_date_of_an_issue import A_NEWSLETTER
from tests.support.services.commands import run_command

ANOTHER = A_NEWSLETTER.replace("(1, 'notes'", "(2, 'other'")
SUBSCRIBERS = """
    INSERT INTO subscribers (id, address, address_key, name, attributes, created_at) VALUES
    (7, 'ann@x.example', 'ann@x.example', 'Ann', '{"plan": "Pro", "vip": true}',
        '2026-11-01 00:00:00'),
    (8, 'bo@x.example', 'bo@x.example', '', '{}', '2026-11-01 00:00:00')
"""
SUBSCRIPTIONS = """
    INSERT INTO subscriptions
        (newsletter_id, subscriber_id, state, state_at, state_how, tags, created_at) VALUES
    (1, 7, 'active', '2026-11-01 00:00:00', '', '["Berlin"]', '2026-11-01 00:00:00'),
    (2, 7, 'unsubscribed', '2026-11-01 00:00:00', '', '[]', '2026-11-01 00:00:00'),
    (2, 8, 'active', '2026-11-01 00:00:00', '', '[]', '2026-11-01 00:00:00')
"""
KNOWN = ("Ann", {"plan": "Pro", "vip": True})


def test_each_newsletter_keeps_what_it_saw_also_in_a_backup_from_before(
    database_at: Callable[[str], Database], tmp_path: Path
) -> None:
    database = database_at("0046")
    with database.engine.begin() as connection:
        for statement in (A_NEWSLETTER, ANOTHER, SUBSCRIBERS, SUBSCRIPTIONS):
            connection.exec_driver_sql(statement)
    settings = {"VAR_DIR": str(tmp_path), "DATABASE_URL": database.url}
    file = tmp_path / "before.backup"
    for run in (["backup", str(file)], ["restore", str(file), "--yes"]):
        database.dispose()
        done = run_command(run, tmp_path, settings)
        assert done.returncode == 0, done.stderr
    assert difference_from_models(database) == []
    with database.read() as session:
        rows = session.scalars(select(Subscription).order_by(Subscription.id))
        kept = [(row.newsletter_id, row.name, row.attributes) for row in rows]
        index = SubscriptionAttribute
        found = session.execute(select(index.newsletter_id, index.name, index.value)).all()
    assert kept == [(1, *KNOWN), (2, *KNOWN), (2, "", {})]
    assert sorted(map(tuple, found)) == [
        (number, *pair) for number in (1, 2) for pair in (("plan", "pro"), ("vip", "true"))
    ]


def test_the_way_back_gives_a_person_what_the_last_newsletter_knows(
    database_at: Callable[[str], Database],
) -> None:
    database = database_at("0046")
    with database.engine.begin() as connection:
        for statement in (A_NEWSLETTER, ANOTHER, SUBSCRIBERS, SUBSCRIPTIONS):
            connection.exec_driver_sql(statement)
    migrate(database)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE subscriptions SET name = 'Anna' WHERE newsletter_id = 2"))
        command.downgrade(config_on(connection), "0046")
        names = connection.execute(text("SELECT name FROM subscribers ORDER BY id")).scalars()
        assert list(names) == ["Anna", "Anna"]
        pairs = connection.execute(text("SELECT name, value FROM subscriber_attributes"))
        assert sorted(map(tuple, pairs)) == [("plan", "pro"), ("vip", "true")]
    migrate(database)
