"""Loads rows of a file into a temporary table and adds them in sets.

The SQL is written by hand: building a statement for each chunk takes longer than running it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from newsletter.domain.readers.addresses import HashedAddress
from newsletter.domain.readers.consent import ConsentKind
from newsletter.domain.readers.subscriber_rows import Row
from newsletter.store.models import Suppression
from newsletter.store.readers.suppressions import holds_for

_MAKE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS import_rows (
        line integer, subscriber_id bigint, address text, address_key text, address_hash text,
        name text, attributes {json}, tags {json}, state text, at {moment},
        state_at {moment}, state_how text
    ) {until}
"""
_MAKE_EVIDENCE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS import_evidence (
        line integer, kind text, at {moment}, how text, client_address text
    ) {until}
"""
# Looked up row by row: while a table is being filled, the planner's estimates are wrong.
_THERE = """
    SELECT address_key, id FROM (
        SELECT address_key,
            (SELECT id FROM subscribers WHERE address_key = import_rows.address_key) AS id
        FROM import_rows
    ) AS looked_up WHERE id IS NOT NULL
"""
_SUPPRESSED = """
    SELECT address_key, reason FROM (
        SELECT address_key,
            (SELECT reason FROM suppressions WHERE address_hash = import_rows.address_hash
                AND (newsletter_id IS NULL OR newsletter_id = {newsletter})
                ORDER BY newsletter_id IS NULL DESC LIMIT 1) AS reason
        FROM import_rows
    ) AS looked_up WHERE reason IS NOT NULL
"""
_LINK = """
    UPDATE suppressions SET subscriber_id = (
        SELECT subscribers.id FROM import_rows AS rows
        JOIN subscribers ON subscribers.address_key = rows.address_key
        WHERE rows.address_hash = suppressions.address_hash
    )
    WHERE subscriber_id IS NULL AND address_hash IN (
        SELECT address_hash FROM import_rows WHERE state_how IS NOT NULL
    )
"""
_PEOPLE = """
    INSERT INTO subscribers (address, address_key, created_at)
    SELECT address, address_key, :now
    FROM import_rows WHERE subscriber_id IS NULL ORDER BY line
    ON CONFLICT (address_key) DO NOTHING
"""
_SUBSCRIPTIONS = """
    INSERT INTO subscriptions
        (newsletter_id, subscriber_id, state, state_at, state_how, tags, created_at, name,
        attributes)
    SELECT :newsletter, subscriber_id, state, coalesce(state_at, {now}), coalesce(state_how, :how),
        tags, CASE WHEN state_at < at THEN state_at ELSE at END, name, attributes
    FROM {rows} WHERE {which} ORDER BY line
    ON CONFLICT (newsletter_id, subscriber_id) DO NOTHING
"""
_EVIDENCE = """
    INSERT INTO consents (subscription_id, kind, at, how, actor, form_url, wording_hash,
        wording_version, message_id)
    SELECT added.id, :kind, ours.at, :consent || ours.line || ')', :actor, '', '', '', ''
    FROM {added} JOIN {ours} ON added.subscriber_id = ours.subscriber_id
"""
_TOLD_EVIDENCE = """
    INSERT INTO consents (subscription_id, kind, at, how, actor, form_url, wording_hash,
        wording_version, client_address, message_id)
    SELECT added.id, told.kind, told.at, told.how, :actor, '', '', '', told.client_address, ''
    FROM {added} JOIN {ours} ON added.subscriber_id = ours.subscriber_id
    JOIN import_evidence AS told ON told.line = ours.line
"""
# One statement, which knows what it added: no large table is searched for it.
_ADDED_POSTGRESQL = f"""
    WITH people AS ({_PEOPLE} RETURNING id, address_key),
    ours AS (
        SELECT rows.line, people.id AS subscriber_id, rows.state, rows.tags, rows.at,
            rows.state_at, rows.state_how, rows.name, rows.attributes
        FROM import_rows AS rows JOIN people ON people.address_key = rows.address_key
        UNION ALL
        SELECT line, subscriber_id, state, tags, at, state_at, state_how, name, attributes
        FROM import_rows WHERE subscriber_id IS NOT NULL
    ),
    added AS (
        {_SUBSCRIPTIONS.format(rows="ours", which="true", now="CAST(:now AS timestamptz)")}
        RETURNING id, subscriber_id
    )
"""  # noqa: S608  no value is in it
_ADD_POSTGRESQL = f"""
    {_ADDED_POSTGRESQL} {_EVIDENCE.format(added="added", ours="ours")} ORDER BY ours.line
"""
_ADD_AND_TELL_POSTGRESQL = f"""
    {_ADDED_POSTGRESQL},
    evidence AS ({_TOLD_EVIDENCE.format(added="added", ours="ours")} ORDER BY ours.line, told.at)
    SELECT count(*) FROM added
"""  # noqa: S608
# No other transaction writes meanwhile, so rows after the last ones are ours.
_IDS_SQLITE = """
    UPDATE import_rows SET subscriber_id =
        (SELECT id FROM subscribers WHERE address_key = import_rows.address_key)
    WHERE subscriber_id IS NULL
"""
_LAST_SQLITE = "SELECT coalesce(max(id), 0) FROM subscriptions"
_EVIDENCE_SQLITE = (
    _EVIDENCE.format(added="subscriptions AS added", ours="import_rows AS ours")
    + "WHERE added.id > :last ORDER BY added.id"
)
_TOLD_EVIDENCE_SQLITE = (
    _TOLD_EVIDENCE.format(added="subscriptions AS added", ours="import_rows AS ours")
    + "WHERE added.id > :last ORDER BY added.id, told.at"
)


_CACHE_SQLITE_KB = 32_768
"""Addresses are not sorted. With a smaller cache, pages of their index are written repeatedly."""


class Evidence(NamedTuple):
    """A piece of what the row of `line` proves; `how` in full."""

    line: int
    kind: ConsentKind
    at: datetime
    how: str
    client_address: str | None = None


class StagedRows:
    """The rows of one chunk, each address once, in the transaction of `session`."""

    def __init__(self, session: Session, newsletter_id: int) -> None:
        self._session = session
        self._connection = session.connection()
        self._is_sqlite = self._connection.dialect.name == "sqlite"
        self._newsletter_id = newsletter_id
        self._former_hashes: dict[str, str] = {}
        if self._is_sqlite:
            self._connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_SQLITE_KB}")
        self._make(_MAKE)

    def _make(self, statement: str) -> None:
        facts = {"json": "json", "moment": "text", "until": ""}
        if not self._is_sqlite:
            facts = {"json": "jsonb", "moment": "timestamptz", "until": "ON COMMIT DROP"}
        self._connection.exec_driver_sql(statement.format(**facts))

    def load(
        self,
        rows: Sequence[Row],
        hashes: Mapping[str, HashedAddress],
        ids: dict[str, int],
        now: datetime,
    ) -> None:
        """Replaces the loaded rows. `hashes` and `ids` of known subscribers are by address key."""
        self._former_hashes = {
            former: row.key for row in rows if (former := hashes[row.key].former)
        }
        present = self._moment(now)
        values = [
            (
                row.line,
                ids.get(row.key),
                row.address,
                row.key,
                hashes[row.key].current,
                row.name,
                json.dumps(row.attributes) if row.attributes else "{}",
                json.dumps(row.tags) if row.tags else "[]",
                row.listed_as.state.value,
                self._moment(row.consent_at) if row.consent_at else present,
                self._moment(row.left_at) if row.left_at else None,
                row.listed_as.suppression,
            )
            for row in rows
        ]
        self._fill("import_rows", values, _copied)

    def tell(self, evidence: Sequence[Evidence]) -> None:
        """What the rows prove, where that is more than a consent at the time of each."""
        self._make(_MAKE_EVIDENCE)
        values = [
            (one.line, one.kind.value, self._moment(one.at), one.how, one.client_address)
            for one in evidence
        ]
        self._fill("import_evidence", values, _copied_evidence)

    def _fill(
        self, table: str, values: list[tuple[Any, ...]], copied: Callable[[tuple[Any, ...]], str]
    ) -> None:
        self._connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608  ours
        driver: Any = self._connection.connection.driver_connection
        if self._is_sqlite:
            marks = ", ".join("?" * len(values[0])) if values else ""
            driver.executemany(f"INSERT INTO {table} VALUES ({marks})", values)  # noqa: S608
        else:
            with driver.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
                copy.write("".join(map(copied, values)))

    def known(self) -> dict[str, int]:
        """The ids of existing subscribers of any newsletter, by address key."""
        return {row[0]: row[1] for row in self._connection.exec_driver_sql(_THERE)}

    def suppressed(self) -> dict[str, str]:
        """The reasons of addresses that this newsletter may not mail, by address key."""
        statement = _SUPPRESSED.format(newsletter=int(self._newsletter_id))
        found = {row[0]: row[1] for row in self._connection.exec_driver_sql(statement)}
        if self._former_hashes:
            rows = self._session.execute(
                select(Suppression.address_hash, Suppression.reason).where(
                    Suppression.address_hash.in_(self._former_hashes),
                    Suppression.is_former.is_(True),
                    holds_for(self._newsletter_id),
                )
            )
            found |= {self._former_hashes[row.address_hash]: row.reason for row in rows}
        return found

    def link_suppressions(self) -> None:
        """Says whose address it is that was suppressed before its subscriber was there."""
        self._connection.exec_driver_sql(_LINK)

    def add(self, now: datetime, consent: str, actor: str, *, is_told: bool) -> int:
        """Adds subscribers, subscriptions and evidence. Returns how many subscriptions are new.

        Rows without an id become new subscribers. `consent` is the evidence up to the line number,
        unless it `is_told` with `tell`.
        """
        facts = {
            "newsletter": self._newsletter_id,
            "now": self._moment(now),
            "how": "imported",
            "kind": ConsentKind.IMPORTED.value,
            "consent": consent,
            "actor": actor,
        }
        if not self._is_sqlite and is_told:
            return self._session.scalar(text(_ADD_AND_TELL_POSTGRESQL), facts) or 0
        if not self._is_sqlite:
            return self._count(_ADD_POSTGRESQL, facts)
        last = self._connection.exec_driver_sql(_LAST_SQLITE).scalar()
        self._count(_PEOPLE, facts)
        self._connection.exec_driver_sql(_IDS_SQLITE)
        added = self._count(
            _SUBSCRIPTIONS.format(
                rows="import_rows", which="subscriber_id IS NOT NULL", now=":now"
            ),
            facts,
        )
        told = _TOLD_EVIDENCE_SQLITE if is_told else _EVIDENCE_SQLITE
        self._count(told, facts | {"last": last})
        return added

    def _count(self, statement: str, facts: dict[str, Any]) -> int:
        return self._connection.execute(text(statement), facts).rowcount

    def _moment(self, moment: datetime) -> str:
        """The moment as time columns store it."""
        utc = moment.astimezone(UTC)
        if self._is_sqlite:
            return utc.replace(tzinfo=None).isoformat(" ", "microseconds")
        return utc.isoformat(" ")


_NULL = r"\N"


def _copied_evidence(values: tuple[Any, ...]) -> str:
    *cells, client_address = values
    return "\t".join([*map(_escaped, cells), client_address or _NULL]) + "\n"


def _escaped(cell: Any) -> str:
    text = str(cell).replace("\\", "\\\\").replace("\t", "\\t")
    return text.replace("\n", "\\n").replace("\r", "\\r")


def _copied(values: tuple[Any, ...]) -> str:
    """A line of COPY text. Rows with tabs or line ends were refused before."""
    line, reader, *others, state_at, state_how = values
    cells = "\t".join(others)
    if "\\" in cells:
        cells = cells.replace("\\", "\\\\")
    return f"{line}\t{reader or _NULL}\t{cells}\t{state_at or _NULL}\t{state_how or _NULL}\n"
