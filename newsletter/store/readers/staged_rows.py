"""Loads rows of a file into a temporary table and adds them in sets.

The SQL is written by hand: building a statement for each chunk takes longer than running it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from newsletter.domain.addresses import HashedAddress
from newsletter.domain.consent import ConsentKind, require_first_states
from newsletter.domain.subscriber_rows import Row
from newsletter.store.models import Suppression

_MAKE = """
    CREATE TEMPORARY TABLE {if_not_there} import_rows (
        line integer, subscriber_id bigint, address text, address_key text, address_hash text,
        name text, attributes {json}, tags {json}, state text, at {moment}
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
            (SELECT reason FROM suppressions WHERE address_hash = import_rows.address_hash)
                AS reason
        FROM import_rows
    ) AS looked_up WHERE reason IS NOT NULL
"""
_PEOPLE = """
    INSERT INTO subscribers (address, address_key, name, attributes, created_at)
    SELECT address, address_key, name, attributes, :now
    FROM import_rows WHERE subscriber_id IS NULL ORDER BY line
    ON CONFLICT (address_key) DO NOTHING
"""
_SUBSCRIPTIONS = """
    INSERT INTO subscriptions
        (newsletter_id, subscriber_id, state, state_at, state_how, tags, created_at)
    SELECT :newsletter, subscriber_id, state, :now, :how, tags, :now
    FROM {rows} WHERE {which} ORDER BY line
    ON CONFLICT (newsletter_id, subscriber_id) DO NOTHING
"""
_EVIDENCE = """
    INSERT INTO consents (subscription_id, kind, at, how, actor, form_url, wording_hash,
        wording_version, message_id)
    SELECT added.id, :kind, ours.at, :consent || ours.line || ')', :actor, '', '', '', ''
    FROM {added} JOIN {ours} ON added.subscriber_id = ours.subscriber_id
"""
# One statement, which knows what it added: no large table is searched for it.
_ADD_POSTGRESQL = f"""
    WITH people AS ({_PEOPLE} RETURNING id, address_key),
    ours AS (
        SELECT rows.line, people.id AS subscriber_id, rows.state, rows.tags, rows.at
        FROM import_rows AS rows JOIN people ON people.address_key = rows.address_key
        UNION ALL
        SELECT line, subscriber_id, state, tags, at FROM import_rows WHERE subscriber_id IS NOT NULL
    ),
    added AS (
        {_SUBSCRIPTIONS.format(rows="ours", which="true")} RETURNING id, subscriber_id
    )
    {_EVIDENCE.format(added="added", ours="ours")} ORDER BY ours.line
"""  # noqa: S608  no value is in it
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


_CACHE_SQLITE_KB = 32_768
"""Addresses are not sorted. With a smaller cache, pages of their index are written repeatedly."""


class StagedRows:
    """The rows of one chunk, each address once, in the transaction of `session`."""

    def __init__(self, session: Session, newsletter_id: int) -> None:
        self._session = session
        self._connection = session.connection()
        self._is_sqlite = self._connection.dialect.name == "sqlite"
        self._newsletter_id = newsletter_id
        self._former_hashes: dict[str, str] = {}
        facts = {"if_not_there": "", "json": "jsonb", "moment": "timestamptz"}
        facts["until"] = "ON COMMIT DROP"
        if self._is_sqlite:
            facts = {"if_not_there": "IF NOT EXISTS", "json": "json", "moment": "text", "until": ""}
            self._connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_SQLITE_KB}")
        self._connection.exec_driver_sql(_MAKE.format(**facts))

    def load(
        self,
        rows: Sequence[Row],
        hashes: Mapping[str, HashedAddress],
        ids: dict[str, int],
        now: datetime,
    ) -> None:
        """Replaces the loaded rows. `hashes` and `ids` of known subscribers are by address key.

        Raises IllegalTransition for a state in which no subscription begins.
        """
        require_first_states({row.state for row in rows})
        self._former_hashes = {
            former: row.key for row in rows if (former := hashes[row.key].former)
        }
        self._connection.exec_driver_sql("DELETE FROM import_rows")
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
                row.state.value,
                self._moment(row.consent_at) if row.consent_at else present,
            )
            for row in rows
        ]
        driver: Any = self._connection.connection.driver_connection
        if self._is_sqlite:
            marks = ", ".join("?" * len(values[0])) if values else ""
            driver.executemany(f"INSERT INTO import_rows VALUES ({marks})", values)  # noqa: S608
        else:
            with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
                copy.write("".join(map(_copied, values)))

    def known(self) -> dict[str, int]:
        """The ids of existing subscribers of any newsletter, by address key."""
        return {row[0]: row[1] for row in self._connection.exec_driver_sql(_THERE)}

    def suppressed(self) -> dict[str, str]:
        """The reasons of suppressed addresses, by address key."""
        found = {row[0]: row[1] for row in self._connection.exec_driver_sql(_SUPPRESSED)}
        if self._former_hashes:
            rows = self._session.execute(
                select(Suppression.address_hash, Suppression.reason).where(
                    Suppression.address_hash.in_(self._former_hashes),
                    Suppression.is_former.is_(True),
                )
            )
            found |= {self._former_hashes[row.address_hash]: row.reason for row in rows}
        return found

    def add(self, now: datetime, consent: str, actor: str) -> int:
        """Adds subscribers, subscriptions and evidence. Returns how many subscriptions are new.

        Rows without an id become new subscribers. `consent` is the evidence up to the line number.
        """
        facts = {
            "newsletter": self._newsletter_id,
            "now": self._moment(now),
            "how": "imported",
            "kind": ConsentKind.IMPORTED.value,
            "consent": consent,
            "actor": actor,
        }
        if not self._is_sqlite:
            return self._count(_ADD_POSTGRESQL, facts)
        last = self._connection.exec_driver_sql(_LAST_SQLITE).scalar()
        self._count(_PEOPLE, facts)
        self._connection.exec_driver_sql(_IDS_SQLITE)
        added = self._count(
            _SUBSCRIPTIONS.format(rows="import_rows", which="subscriber_id IS NOT NULL"), facts
        )
        self._count(_EVIDENCE_SQLITE, facts | {"last": last})
        return added

    def _count(self, statement: str, facts: dict[str, Any]) -> int:
        return self._connection.execute(text(statement), facts).rowcount

    def _moment(self, moment: datetime) -> str:
        """The moment as time columns store it."""
        utc = moment.astimezone(UTC)
        if self._is_sqlite:
            return utc.replace(tzinfo=None).isoformat(" ", "microseconds")
        return utc.isoformat(" ")


_COPY = "COPY import_rows FROM STDIN"


def _copied(values: tuple[Any, ...]) -> str:
    """A line of COPY text. Rows with tabs or line ends were refused before."""
    line, reader, *others = values
    cells = "\t".join(others)
    if "\\" in cells:
        cells = cells.replace("\\", "\\\\")
    return f"{line}\t{reader or chr(92) + 'N'}\t{cells}\n"
