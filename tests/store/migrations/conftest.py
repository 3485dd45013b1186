"""A database of an earlier release, to be filled with old rows and upgraded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from newsletter.store.database import Database
from newsletter.store.schema import MIGRATIONS


@pytest.fixture
def empty_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    url = server.new_database(template="template1")
    yield url
    server.drop(url)


@pytest.fixture
def database_at(empty_url: str) -> Iterator[Callable[[str], Database]]:
    """Given a revision: a database with the tables of that revision, empty."""
    database = Database(empty_url)

    def at(revision: str) -> Database:
        with database.engine.begin() as connection:
            command.upgrade(config_on(connection), revision)
        return database

    yield at
    database.dispose()


def config_on(connection: Connection) -> Config:
    """For Alembic's own commands."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
