"""Addresses that were suppressed before stay so for all, with whose they are and who said so."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, select, text

from newsletter.domain.readers.addresses import hashed_address
from newsletter.store.database import Database
from newsletter.store.models import Suppression
from newsletter.store.readers.suppressions import is_suppressed
from newsletter.store.schema import difference_from_models, migrate

HASH_KEY = "of-the-test"
OLD = (
    # whose, reason, detail, actor; what source it comes to have
    ("ada", "editor", "a letter", "Bo", "editor"),
    ("bea", "editor", "blocklisted elsewhere (list.csv, line 3)", "Bo", "import"),
    ("cid", "hard bounce", "550 5.1.1 unknown", "system", "relay"),
    ("dan", "complaint", "complained elsewhere", "Bo", "import"),
    ("eve", "erased", "", "Bo", "editor"),
)


def test_old_suppressions_are_kept_for_all_newsletters(
    database_at: Callable[[str], Database],
) -> None:
    database = database_at("0019")
    with database.engine.begin() as connection:
        for number, (name, reason, detail, actor, _) in enumerate(OLD, 1):
            add_old(connection, number, name, reason=reason, detail=detail, actor=actor)
    migrate(database, HASH_KEY)
    assert difference_from_models(database) == []
    with database.read() as session:
        found = {one.id: one for one in session.scalars(select(Suppression))}
        for number, (name, *_, source) in enumerate(OLD, 1):
            assert is_suppressed(session, hashed_address(f"{name}@x.org", HASH_KEY.encode()))
            assert found[number].source == source
            assert found[number].newsletter_id is None
            assert found[number].subscriber_id == (None if name == "eve" else number)


def add_old(connection: Connection, number: int, name: str, **suppression: str) -> None:
    moment = {"at": "2026-11-22 12:00:00+00:00"}
    hashed = hashed_address(f"{name}@x.org", HASH_KEY.encode()).current
    key = None if name == "eve" else f"{name}@x.org"
    if number == 1:
        connection.execute(text(A_NEWSLETTER), moment)
    connection.execute(text(A_SUBSCRIBER), moment | {"id": number, "key": key})
    connection.execute(text(A_SUBSCRIPTION), moment | {"id": number})
    connection.execute(text(A_SUPPRESSION), moment | {"id": number, "hash": hashed} | suppression)


A_NEWSLETTER = (
    "INSERT INTO newsletters (id, slug, name, description, sender_name, sender_address, reply_to, "
    "postal_address, time_zone, language, theme, list_label, created_at) "
    "VALUES (1, 'w', 'W', '', '', '', '', '', 'UTC', 'en', '{}', 'w', :at)"
)
A_SUBSCRIBER = (
    "INSERT INTO subscribers (id, address, address_key, name, attributes, created_at) "
    "VALUES (:id, :key, :key, '', '{}', :at)"
)
A_SUBSCRIPTION = (
    "INSERT INTO subscriptions (id, newsletter_id, subscriber_id, state, state_at, state_how, "
    "tags, created_at) VALUES (:id, 1, :id, 'suppressed', :at, '', '[]', :at)"
)
A_SUPPRESSION = (
    "INSERT INTO suppressions (id, address_hash, is_former, reason, detail, actor, at) "
    "VALUES (:id, :hash, false, :reason, :detail, :actor, :at)"
)
