"""Keys and hashes of addresses that were stored before migration 0009."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import JSON, inspect, text

from newsletter.domain.readers.addresses import hashed_address
from newsletter.store.database import Database
from newsletter.store.readers.subscriptions import find_subscriber
from newsletter.store.readers.suppressions import find_suppression, is_suppressed
from newsletter.store.schema import MIGRATIONS, migrate
from newsletter.store.staff import find_user

HASH_KEY = "a-key-for-hashes"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def former(
    database_kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Database]:
    """A database as it was at the revision before."""
    if database_kind == "sqlite":
        yield _at_0008(f"sqlite:///{tmp_path / 'former.db'}")
        return
    server = request.getfixturevalue("postgres_server")
    url = server.new_database("template1")
    database = _at_0008(url)
    yield database
    database.dispose()
    server.drop(url)


def _at_0008(url: str) -> Database:
    database = Database(url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0008")
    return database


def insert(database: Database, table: str, **values: Any) -> None:
    columns, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    with database.engine.begin() as connection:
        connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({marks})"), values)


def a_newsletter(database: Database) -> None:
    """Whatever its table asks for, of which nothing matters here."""
    columns = inspect(database.engine).get_columns("newsletters")
    values = {
        column["name"]: _anything(column["type"]) for column in columns if not column["nullable"]
    }
    insert(database, "newsletters", **values | {"id": 1})


def _anything(kind: Any) -> Any:
    if isinstance(kind, JSON):
        return "{}"
    return {int: 0, datetime: NOW, bool: False}.get(kind.python_type, "x")


def a_reader(database: Database, number: int, address: str, state: str = "active") -> None:
    insert(
        database,
        "subscribers",
        id=number,
        address=address,
        address_key=address.casefold(),
        name="",
        attributes="{}",
        created_at=NOW,
    )
    insert(
        database,
        "subscriptions",
        newsletter_id=1,
        subscriber_id=number,
        state=state,
        state_at=NOW,
        state_how="",
        tags="[]",
        created_at=NOW,
    )


def a_suppression(database: Database, address: str, reason: str = "erased") -> None:
    former_hash = hmac.digest(HASH_KEY.encode(), address.casefold().encode(), "sha256").hex()
    values = {"detail": "", "actor": "", "at": NOW}
    insert(database, "suppressions", address_hash=former_hash, reason=reason, **values)


def suppressed(database: Database, address: str) -> bool:
    with database.read() as session:
        return is_suppressed(session, hashed_address(address, HASH_KEY.encode()))


def test_readers_and_editors_are_found_by_their_new_keys(former: Database) -> None:
    a_newsletter(former)
    for number, address in enumerate(["ada@faß.de", "straße@example.org", "Ü@bücher.de"], 1):
        a_reader(former, number, address)
    stamps = {"sign_in_stamp": "", "session_stamp": "", "password_hash": "", "name": ""}
    editor = {"address": "ed@bücher.de", "address_key": "ed@bücher.de", "created_at": NOW}
    insert(former, "users", **editor, **stamps)
    migrate(former, HASH_KEY)
    with former.read() as session:
        found = [
            reader and reader.id
            for reader in (
                find_subscriber(session, address)
                for address in ("ADA@FAẞ.de", "Straße@example.org", "ü@xn--bcher-kva.de")
            )
        ]
        assert found == [1, 2, 3]
        assert find_subscriber(session, "ada@fass.de") is None
        assert find_subscriber(session, "strasse@example.org") is None
        assert find_user(session, "Ed@BÜCHER.de") is not None


@pytest.mark.parametrize("hash_key", [HASH_KEY, ""])
def test_nobody_loses_a_suppression_whether_the_key_of_hashes_was_at_hand_or_not(
    former: Database, hash_key: str
) -> None:
    a_newsletter(former)
    a_reader(former, 1, "straße@example.org", "suppressed")
    a_reader(former, 2, "bo@example.org", "suppressed")
    for address in ("straße@example.org", "bo@example.org"):
        a_suppression(former, address, "hard bounce")
    erased = ("gone@faß.de", "Ü@example.org", "weiß@example.org", "cy@example.org")
    for address in erased:
        a_suppression(former, address)
    migrate(former, hash_key)
    for address in ("straße@example.org", "bo@example.org", *erased):
        assert suppressed(former, address), address
    assert not suppressed(former, "somebody@example.org")


def test_where_the_address_is_known_its_double_in_case_folding_is_somebody_else(
    former: Database,
) -> None:
    a_newsletter(former)
    a_reader(former, 1, "straße@example.org", "suppressed")
    a_reader(former, 2, "weiss@example.org", "suppressed")
    for address in ("straße@example.org", "weiss@example.org"):
        a_suppression(former, address, "hard bounce")
    migrate(former, HASH_KEY)
    assert not suppressed(former, "strasse@example.org")
    assert not suppressed(former, "weiß@example.org")


def test_where_the_address_was_erased_both_stay_suppressed(former: Database) -> None:
    """Nobody can tell which of the two it was: neither is mailed."""
    a_newsletter(former)
    a_suppression(former, "straße@example.org")
    migrate(former, HASH_KEY)
    assert suppressed(former, "straße@example.org")
    assert suppressed(former, "strasse@example.org")
    with former.read() as session:
        found = find_suppression(session, hashed_address("STRAßE@example.org", HASH_KEY.encode()))
        assert found is not None
        assert found.reason == "erased"
