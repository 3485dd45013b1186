"""/healthz says that the process lives, /readyz whether it could do its work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from newsletter.store.operations import beat
from newsletter.usecases.context import Context
from tests.conftest import Clock


@pytest.fixture
def ticker(context: Context) -> None:
    with context.database.write() as session:
        beat(session, "ticker", context.now())


def test_all_is_well(client: Any, ticker: None) -> None:
    assert client.get("/healthz").json == {"status": "alive"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json) == (200, {"status": "ready"})
    assert ready.headers["Cache-Control"] == "no-store"


def test_not_ready_without_a_ticker(client: Any) -> None:
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert "ticker" in ready.json["reasons"]


def test_not_ready_when_the_ticker_fell_silent(client: Any, ticker: None, clock: Clock) -> None:
    clock.advance(timedelta(seconds=30))
    assert client.get("/readyz").status_code == 200
    clock.advance(timedelta(seconds=1))
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert "31 seconds" in ready.json["reasons"]["ticker"]


def test_not_ready_when_redis_is_down(make_client: Callable[..., Any], ticker: None) -> None:
    client = make_client(redis_url="redis://127.0.0.1:1/0")
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert list(ready.json["reasons"]) == ["redis"]
    assert client.get("/healthz").status_code == 200


def test_ready_where_no_redis_is_meant_to_be(make_client: Callable[..., Any], ticker: None) -> None:
    assert make_client(redis_url="").get("/readyz").status_code == 200


def test_not_ready_behind_on_migrations(client: Any, context: Context, ticker: None) -> None:
    with context.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert "revision" in ready.json["reasons"]["database"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_not_ready_and_polite_without_a_database(
    make_client: Callable[..., Any], tmp_path: Path
) -> None:
    client = make_client(database_url="postgresql://nobody:secret@127.0.0.1:1/none")
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json["reasons"]["database"] == "The database can't be reached."
    assert client.get("/healthz").status_code == 200
    page = client.get("/")
    assert page.status_code == 503
    assert "Temporarily unavailable" in page.text
    assert "secret" not in page.text
    assert int(page.headers["Retry-After"]) > 0


def test_an_empty_database_is_said_politely(
    make_client: Callable[..., Any], tmp_path: Path
) -> None:
    client = make_client(database_url=f"sqlite:///{tmp_path / 'empty.db'}")
    assert client.get("/").status_code == 503
    assert "none (empty)" in client.get("/readyz").json["reasons"]["database"]


def test_probes_may_ask_by_any_host(client: Any, ticker: None) -> None:
    for path in ("/healthz", "/readyz"):
        assert client.get(path, headers={"Host": "10.0.0.7:8000"}).status_code == 200
