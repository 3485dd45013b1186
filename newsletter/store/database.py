"""The engine and its units of work, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, ExceptionContext, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from newsletter.domain.errors import Misconfigured
from newsletter.domain.operations.service_urls import ESCAPING

if TYPE_CHECKING:
    import psycopg

SQLITE_BUSY_TIMEOUT_S = 30
SQLITE_SYNCHRONOUS = "FULL"
"""A commit is on the disk before anyone hears of it. NORMAL loses seconds of commits when the
power fails, and with them people who were told that they have left."""
SILENCE_S = 15
"""So long the server believes in a client that has fallen silent, and TCP in the network."""
_NOTICES_SILENCE = {
    "connect_timeout": "2",
    "keepalives_idle": str(SILENCE_S // 3),
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": str(SILENCE_S * 1000),
}
_READ_ONLY = "25006"
_TAKEN = frozenset({"23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"})


class Database:
    """Opens nothing until it is first used, so that it can be made before a fork."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        after_commit: Callable[[Session], None] | None = None,
    ) -> None:
        """`after_commit` gets the session of each transaction that wrote. It must not raise."""
        self.url = url
        self._after_commit = after_commit
        self._pool_size = pool_size
        self._engine: Engine | None = None
        self._sessions: sessionmaker[Session] | None = None

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            self._engine = _create(self.url, self._pool_size)
            self._sessions = sessionmaker(self._engine, expire_on_commit=False)
        return self._engine

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction that commits at the end and rolls back on any exception.

        On SQLite it is BEGIN IMMEDIATE: waits for its turn here and can't fail half-way.
        """
        with self._session() as session:
            session.connection(execution_options={"begins": "IMMEDIATE"})
            try:
                yield session
            except BaseException:
                session.rollback()
                raise
            session.commit()
            if self._after_commit is not None:
                self._after_commit(session)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A view that never waits for writers; whatever is changed is rolled back."""
        with self._session() as session:
            # Closing rolls back; an explicit rollback would also expire what the caller keeps.
            yield session

    def is_read_only(self) -> bool:
        """Whether it refuses every write, though it answers."""
        if self.is_sqlite:
            path = Path(make_url(self.url).database or "")
            return path.is_file() and not _can_write(path)
        with self.read() as session:
            return bool(session.scalar(text("SHOW transaction_read_only")) == "on")

    def dispose(self) -> None:
        if self._engine is not None:
            self._engine.dispose()

    def _session(self) -> Session:
        _ = self.engine
        assert self._sessions is not None  # noqa: S101  made together with the engine
        return self._sessions()


def is_taken(error: IntegrityError) -> bool:
    """Whether another transaction has just stored what may be there only once."""
    names = ("sqlstate", "sqlite_errorname")
    return any(getattr(error.orig, name, "") in _TAKEN for name in names)


def _can_write(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _create(url: str, pool_size: int) -> Engine:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError):  # its text may hold parts of the URL, so no `from error`
        raise _unreadable() from None
    if "@" in (parsed.host or ""):  # and in front of it the end of a password, which errors name
        raise _unreadable()
    if backend == "sqlite":
        return _create_sqlite(url, parsed.database)
    if backend == "postgresql":
        return _create_postgresql(parsed, pool_size)
    raise Misconfigured(
        f"DATABASE_URL names {backend}, which is not supported.",
        advice="Use postgresql:// or sqlite://.",
    )


def _unreadable() -> Misconfigured:
    return Misconfigured(
        "DATABASE_URL can't be read.",
        advice=f"Use postgresql://user:password@host/name or sqlite:///path. {ESCAPING}",
    )


def _create_postgresql(url: URL, pool_size: int) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={k: v for k, v in _NOTICES_SILENCE.items() if k not in url.query},
    )
    from newsletter.store.postgres_silence import Silence  # noqa: PLC0415  it loads the driver

    silence = Silence()
    event.listen(engine, "do_connect", lambda _dialect, _record, a, kw: silence.connect(*a, **kw))
    event.listen(engine, "connect", _limit_silence)
    event.listen(engine, "handle_error", _keep_values_out)
    event.listen(engine, "handle_error", _treat_read_only_as_down)
    return engine


def _keep_values_out(context: ExceptionContext) -> None:
    """The server's details name values, of a failing row all of them, and errors end in a log."""
    diagnosis = getattr(context.original_exception, "diag", None)
    if not (diagnosis and (diagnosis.message_detail or diagnosis.context)):
        return
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None:
            error.args = tuple(str(one).partition("\n")[0] for one in error.args)


def _treat_read_only_as_down(context: ExceptionContext) -> None:
    """What can wait for the database waits, and continues when it takes writes again."""
    if getattr(context.original_exception, "sqlstate", "") == _READ_ONLY:
        raise OperationalError(
            context.statement, None, context.original_exception, hide_parameters=True
        ) from context.original_exception


def _limit_silence(connection: psycopg.Connection, _record: Any) -> None:
    """The server lets go of what a client that can't be reached any more had locked."""
    connection.execute(
        f"SET idle_in_transaction_session_timeout = '{SILENCE_S}s';"
        f"SET tcp_keepalives_idle = {SILENCE_S // 3}; SET tcp_keepalives_interval = 5;"
        f"SET tcp_keepalives_count = 3; SET tcp_user_timeout = '{SILENCE_S}s'"
    )
    connection.commit()


def _create_sqlite(url: str, path: str | None) -> Engine:
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_S}, hide_parameters=True
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own BEGIN is deferred and late: ours is said in _begin.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {SQLITE_SYNCHRONOUS}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT_S * 1000}")


def _begin(connection: Any) -> None:
    how = connection.get_execution_options().get("begins", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {how}")
