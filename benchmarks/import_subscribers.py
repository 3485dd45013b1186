"""Importing a list from a CSV file, beside the database's own bulk load of the same rows."""

from __future__ import annotations

import argparse
import time
from datetime import datetime
from io import BytesIO
from typing import Any

from benchmarks.bench import DATABASES, a_bench
from benchmarks.readers import a_newsletter, address_of, count_rows
from benchmarks.results import finish, guarded, tell
from benchmarks.yardsticks import cpu_name
from newsletter.domain.staff.principals import Principal
from newsletter.store.models import Consent, Subscriber, Subscription
from newsletter.usecases.context import Context
from newsletter.usecases.readers.import_subscribers import import_subscribers
from newsletter.usecases.readers.take_rows import Source

SLUG = "bench"
PEOPLE = "id, address, address_key, created_at"
SUBSCRIPTIONS = (
    "id, newsletter_id, subscriber_id, state, state_at, state_how, tags, created_at, name, "
    "attributes"
)
CONSENTS = (
    "id, subscription_id, kind, at, how, actor, form_url, wording_hash, wording_version, message_id"
)


def main() -> int:
    options = _parser().parse_args()
    result = measure(options.rows, options.database)
    is_good = result["imported"] == result["bulk_loaded"] == options.rows
    return finish("import_subscribers", result, is_json=options.json, is_good=is_good)


def measure(rows: int, database: str) -> dict[str, Any]:
    tell(f"{rows:,} rows into {database}, in bulk …")
    bare_s, loaded = _on_a_bench(database, rows, _bulk_load)
    tell("… and by an import")
    ours_s, imported = _on_a_bench(database, rows, _import)
    return {
        "seconds": round(ours_s, 2),
        "rows_per_second": round(rows / ours_s),
        "yardstick_seconds": round(bare_s, 2),
        "ratio": round(ours_s / bare_s, 2),
        "imported": imported,
        "bulk_loaded": loaded,
        "rows": rows,
        "database": database,
        "cpu": cpu_name(),
    }


def _on_a_bench(database: str, rows: int, load: Any) -> tuple[float, int]:
    """Seconds, and how many readers there are with a subscription and the evidence of consent."""
    with a_bench(database) as bench:
        context = bench.context
        newsletter_id = a_newsletter(context, SLUG)
        seconds = load(context, newsletter_id, rows)
        counts = [count_rows(context, table) for table in (Subscriber, Subscription, Consent)]
        context.database.dispose()
    return seconds, min(counts)


def _import(context: Context, newsletter_id: int, rows: int) -> float:
    del newsletter_id
    lines = (f"{address_of(number)},Reader {number}" for number in range(1, rows + 1))
    file = BytesIO("\n".join(["email,name", *lines, ""]).encode())
    source = Source("They ticked a box at the shop.", "readers.csv")
    started_s = time.monotonic()
    import_subscribers(context, SLUG, file, source, Principal.command_line("bench"))
    return time.monotonic() - started_s


def _bulk_load(context: Context, newsletter_id: int, rows: int) -> float:
    """COPY, or executemany in one transaction; what is loaded was laid out before."""
    load = _executemany if context.database.is_sqlite else _copy
    tables = _rows_of(newsletter_id, rows, context.now())
    return float(load(context, tables))


def _rows_of(
    newsletter_id: int, rows: int, now: datetime
) -> list[tuple[str, str, list[tuple[Any, ...]]]]:
    at = now.replace(tzinfo=None).isoformat(" ")
    ids = range(1, rows + 1)
    people = [(n, address_of(n), address_of(n), at) for n in ids]
    subscriptions = [
        (n, newsletter_id, n, "active", at, "imported", "[]", at, f"Reader {n}", "{}") for n in ids
    ]
    how = "They ticked a box at the shop. (readers.csv, line {})"
    consents = [(n, n, "imported", at, how.format(n + 1), "bench", "", "", "", "") for n in ids]
    return [
        ("subscribers", PEOPLE, people),
        ("subscriptions", SUBSCRIPTIONS, subscriptions),
        ("consents", CONSENTS, consents),
    ]


def _copy(context: Context, tables: list[tuple[str, str, list[tuple[Any, ...]]]]) -> float:
    texts = [
        (f"COPY {table} ({columns}) FROM STDIN", _as_text(rows)) for table, columns, rows in tables
    ]
    with context.database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        if driver is None:
            raise RuntimeError("there is no connection")
        started_s = time.monotonic()
        with driver.cursor() as cursor:
            for statement, text in texts:
                with cursor.copy(statement) as copy:
                    copy.write(text)
        driver.commit()
        return time.monotonic() - started_s


def _as_text(rows: list[tuple[Any, ...]]) -> bytes:
    return "".join("\t".join(map(str, row)) + "\n" for row in rows).encode()


def _executemany(context: Context, tables: list[tuple[str, str, list[tuple[Any, ...]]]]) -> float:
    with context.database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        if driver is None:
            raise RuntimeError("there is no connection")
        started_s = time.monotonic()
        driver.execute("BEGIN IMMEDIATE")
        for table, columns, rows in tables:
            marks = ", ".join("?" * len(rows[0]))
            statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608  ours
            driver.executemany(statement, rows)
        driver.execute("COMMIT")
        return time.monotonic() - started_s


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", choices=DATABASES, default="postgresql")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    raise SystemExit(guarded(main))
