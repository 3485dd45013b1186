"""Every page that can be read, with a list of 1,000,000 subscribers and 1,000 issues, worst first;
and the page where an issue is written, in a browser.

`--keep DIR` leaves the filled database there, and finds it again.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from tqdm import tqdm

from benchmarks import writing_page
from benchmarks.bench import DATABASES, Bench, a_bench
from benchmarks.long_list import LongList, build
from benchmarks.page_map import Ask, every_ask
from benchmarks.results import finish, guarded, tell
from benchmarks.yardsticks import cpu_name
from newsletter.app import create_app
from newsletter.signing import Signer
from newsletter.usecases.context import Context
from newsletter.usecases.operations.first_start import prepare_first_start
from newsletter.usecases.staff.sign_in import Account, save_account, sign_in_with_link
from tests.support.services.up import descendants_of

ISSUES = 1_000
TIMES = 7
GOAL_MS = 100.0
BARE = "health.alive"
NOT_READY = "health.ready"
"""Without a ticker."""
ADDRESS, PASSWORD = "ada@example.org", "correct horse battery"


@dataclass(frozen=True, slots=True)
class PageTime:
    """Of the requests for one page: the first, the median, the quickest; and the processor time of
    one, with the database's, which says more where others use the machine.
    """

    name: str
    first_ms: float
    median_ms: float
    least_ms: float
    cpu_ms: float


def main() -> int:
    options = _parser().parse_args()
    if options.writing:
        return finish(
            "writing", writing_page.measure(options.database), is_json=options.json, is_good=True
        )
    times = measure(
        options.rows,
        options.issues,
        options.database,
        kept_in=options.keep,
        only=options.only,
        repeat=options.times,
    )
    result = _summary(times, options.rows, options.issues, options.database)
    if not options.json:
        print(_table(times))
        result["too_slow"] = ", ".join(page["name"] for page in result["too_slow"]) or "none"
        del result["pages"]
    return finish("pages", result, is_json=options.json, is_good=not _too_slow(times))


def measure(  # noqa: PLR0913  what to fill, what to ask, and how often
    rows: int,
    issues: int,
    database: str,
    *,
    kept_in: Path | None = None,
    only: str = "",
    repeat: int = TIMES,
) -> list[PageTime]:
    """Of each page whose name has `only`, the slowest median first. Each is asked once more than
    `repeat` says: the first time does not count.
    """
    with a_bench(database, kept_in=kept_in / database if kept_in else None) as bench:
        context = bench.context
        long_list = _filled(context, rows, issues, kept_in and kept_in / f"{database}.json")
        bench.settings.var_dir.mkdir()
        app = create_app(bench.settings)
        client = _editor(app, context)
        signer = Signer(bench.settings.secret_keys)
        asks = every_ask(app, long_list, signer, context.now())
        chosen = [ask for ask in asks if only in ask.name or ask.endpoint == BARE]
        tell(f"{len(chosen)} pages, {repeat} times each …")
        times = list(_times(bench, app, client, chosen, repeat))
        context.database.dispose()
    return sorted(times, key=lambda one: one.median_ms, reverse=True)


def _filled(context: Context, rows: int, issues: int, note: Path | None) -> LongList:
    """What is kept is used as it is, whatever its size."""
    if note is not None and note.exists():
        return LongList(**json.loads(note.read_text(encoding="utf-8")))
    tell(f"Filling a database with {rows:,} subscribers and {issues:,} issues …")
    began_s = time.monotonic()
    long_list = build(context, rows, issues)
    tell(f"… which took {time.monotonic() - began_s:.0f} s")
    if note is not None:
        note.write_text(json.dumps(asdict(long_list)), encoding="utf-8")
    return long_list


def _times(
    bench: Bench, app: Flask, client: FlaskClient, asks: Iterable[Ask], repeat: int
) -> Iterable[PageTime]:
    for ask in tqdm(asks, unit=" pages", leave=False, disable=None):
        with app.test_request_context():
            path = app.url_for(ask.endpoint, **ask.about, _external=False)
        took = [_ms(client, path, ask)]
        began_s = _processor_s(bench)
        took += [_ms(client, path, ask) for _ in range(repeat)]
        used_ms = (_processor_s(bench) - began_s) * 1000 / max(repeat, 1)
        median = statistics.median(took[1:] or took)
        yield PageTime(ask.name, took[0], round(median, 1), min(took), round(used_ms, 1))


def _processor_s(bench: Bench) -> float:
    """That we and the processes of the database have used so far."""
    used_s = time.process_time()
    if bench.postgres is not None:
        for process_id in descendants_of(bench.postgres.process_id):
            with suppress(OSError):
                cells = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
                used_s += (int(cells[11]) + int(cells[12])) / os.sysconf("SC_CLK_TCK")
    return used_s


def _ms(client: FlaskClient, path: str, ask: Ask) -> float:
    """Until the answer's first byte, as a server sends it."""
    began_s = time.monotonic()
    answer = client.get(path, query_string=ask.query, buffered=False)
    took_s = time.monotonic() - began_s
    answer.close()
    lowest_error = 500 if ask.is_guess else 400
    if answer.status_code >= lowest_error and ask.endpoint != NOT_READY:
        raise RuntimeError(f"{ask.name} ({path}) was answered {answer.status_code}")
    return round(took_s * 1000, 1)


def _editor(app: Flask, context: Context) -> FlaskClient:
    """Signed in, each time by a new session."""
    if link := prepare_first_start(context).sign_in_url:
        editor = sign_in_with_link(context, link.rpartition("/")[2])
        save_account(context, editor.id, Account("Ada", ADDRESS, PASSWORD))
    client = app.test_client()
    page = client.get("/editor/sign-in").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    fields = {"csrf_token": token[1] if token else "", "address": ADDRESS, "password": PASSWORD}
    answer = client.post("/editor/sign-in", data=fields)
    if answer.status_code != 303:
        raise RuntimeError(f"signing in was answered {answer.status_code}")
    return client


def _too_slow(times: Iterable[PageTime]) -> list[PageTime]:
    return [one for one in times if one.median_ms > GOAL_MS]


def _summary(times: list[PageTime], rows: int, issues: int, database: str) -> dict[str, Any]:
    """`ratio` is that of the slowest page to the goal, `bare_ratio` to a page that does nothing."""
    bare = next(one for one in times if one.name == BARE)
    worst = times[0]
    return {
        "ratio": round(worst.median_ms / GOAL_MS, 2),
        "bare_ratio": round(worst.median_ms / max(bare.median_ms, 0.1), 1),
        "worst_page": worst.name,
        "worst_ms": worst.median_ms,
        "goal_ms": GOAL_MS,
        "too_slow": [asdict(one) for one in _too_slow(times)],
        "pages": [asdict(one) for one in times],
        "rows": rows,
        "issues": issues,
        "database": database,
        "cpu": cpu_name(),
    }


def _table(times: list[PageTime]) -> str:
    width = max(len(one.name) for one in times)
    lines = [f"{'page':{width}}  median ms  cpu ms   least   first"]
    lines += [
        f"{one.name:{width}}  {one.median_ms:9,.1f} {one.cpu_ms:7,.1f} {one.least_ms:7,.1f} "
        f"{one.first_ms:7,.1f}"
        for one in times
    ]
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--issues", type=int, default=ISSUES)
    parser.add_argument("--database", choices=DATABASES, default="postgresql")
    parser.add_argument("--keep", type=Path, help="a folder for the filled database")
    parser.add_argument("--only", default="", help="the pages whose names have this")
    parser.add_argument("--times", type=int, default=TIMES, help="requests for each page")
    parser.add_argument("--writing", action="store_true", help="the page of an issue alone")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    raise SystemExit(guarded(main))
