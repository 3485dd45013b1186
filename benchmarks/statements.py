"""Statements that fill tables by the set, on both databases."""

# ruff: noqa: S608  all values in the statements are ours
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from newsletter.store.models import Base


class Statements:
    """`n` is the number that a row is made of."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection, self._now = connection, now
        self._is_sqlite = connection.dialect.name == "sqlite"
        self._empty, self._none = self._json("'{}'"), self._json("'[]'")

    def _copy(self, table: str, before: str, beside: str, which: str, **changed: str) -> None:
        """The rows of the first one, once for each row of `beside`."""
        columns = [column.name for column in Base.metadata.tables[table].columns]
        shown = [changed.get(name, f"one.{name}") for name in columns]
        first = {
            "issues": "one.id = 1",
            "editions": "one.issue_id = 1",
            "sections": "one.issue_id = 1",
        }
        wanted = first.get(table, "one.edition_id = 1" if table == "edition_links" else "true")
        if table == "entries":
            wanted = "one.section_id IN (SELECT id FROM sections WHERE issue_id = 1)"
        self._run(
            f"INSERT INTO {table} ({', '.join(columns)}) {before} SELECT {', '.join(shown)} "
            f"FROM {table} AS one, {beside} WHERE {wanted} AND {which}"
        )

    def _numbers(self, since: int, to: int) -> str:
        """For a SELECT of `n` from `numbers`."""
        return (
            f"WITH RECURSIVE numbers(n) AS (SELECT {since} UNION ALL SELECT n + 1 FROM numbers "
            f"WHERE n < {to})"
        )

    @staticmethod
    def _case(*parts: str) -> str:
        """Conditions and texts in turn, then the text of all others."""
        *pairs, other = parts
        cases = zip(pairs[::2], pairs[1::2], strict=True)
        return "CASE " + " ".join(f"WHEN {a} THEN '{b}'" for a, b in cases) + f" ELSE '{other}' END"

    def _json(self, value: str) -> str:
        return value if self._is_sqlite else f"CAST({value} AS jsonb)"

    def _moment(self) -> str:
        return self._ago("0")

    def _ago(self, seconds: str) -> str:
        """So many seconds ago, as time columns store it."""
        if self._is_sqlite:
            back = f"printf('%+.3f seconds', -({seconds}))"
            return f"strftime('%Y-%m-%d %H:%M:%f', '{self._now_text()}', {back}) || '000'"
        return f"CAST('{self._now_text()}' AS timestamptz) - ({seconds}) * interval '1 second'"

    def _now_text(self) -> str:
        moment: datetime = self._now - timedelta(seconds=1)
        if self._is_sqlite:
            return moment.replace(tzinfo=None).isoformat(" ", "milliseconds")
        return moment.isoformat(" ")

    def _run(self, statement: str, **values: Any) -> None:
        self._connection.execute(text(statement), values)
