"""Pages are tried on one database each: half of them on SQLite, the others on PostgreSQL."""

from __future__ import annotations

import zlib

import pytest

KINDS = ("sqlite", "postgresql")


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """By the test's name, so that it is the same at each run.

    A page parses, calls use cases and presents. Use cases and the store, where the SQL is, are
    tried on both databases, and a test of the benchmarks asks for the editor's pages on both.
    """
    if hasattr(request, "param"):
        return str(request.param)
    return KINDS[zlib.crc32(request.node.nodeid.encode()) % len(KINDS)]
