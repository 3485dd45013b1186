"""Statements that are compiled once. Each database of a test would compile all of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

from newsletter.store import database

MOST_STATEMENTS = 5_000


@contextmanager
def statements_compiled_once() -> Iterator[None]:
    """What SQLAlchemy compiles depends on the dialect, and here all of one kind are alike: each
    kind of database has one server and one driver.
    """
    create = database._create
    compiled: dict[str, LRUCache] = {}

    def create_with_shared_cache(url: str, pool_size: int) -> Engine:
        engine = create(url, pool_size)
        engine._compiled_cache = compiled.setdefault(engine.name, LRUCache(MOST_STATEMENTS))
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_create", create_with_shared_cache)
        patch.setattr(DefaultDialect, "__eq__", lambda one, other: type(one) is type(other))
        patch.setattr(DefaultDialect, "__hash__", lambda one: hash(type(one)))
        yield
