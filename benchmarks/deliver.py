"""Delivering an issue, from the first claim to the last row of the ledger.

Beside Postfix's smtp-source with the same sink; with --dkim also beside this machine's bare
signatures; with --round-trip-ms beside what so many connections can do at best.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.bench import DATABASES, Bench, a_bench
from benchmarks.dkim_keys import dkim_settings
from benchmarks.editions import fit_edition
from benchmarks.readers import a_newsletter, add_readers, an_issue, analyse
from benchmarks.results import finish, guarded, tell
from benchmarks.round_trip import delaying_sink, measure_ceiling
from benchmarks.sending import Crew, Sending, freeze, send_frozen
from benchmarks.worker_shape import WORKER_THREADS, relay_url
from benchmarks.yardsticks import cpu_name, signature_rate, smtp_sink, smtp_source_rate
from newsletter.usecases.context import Context

YARDSTICK_MESSAGES = 50_000


@dataclass(frozen=True, slots=True)
class Task:
    """What is measured. `round_trip_ms` 0: as fast as smtp-sink answers."""

    recipients: int
    size: int
    connections: int
    processes: int
    database: str
    dkim: str = ""
    round_trip_ms: int = 0


def main() -> int:
    options = _parser().parse_args()
    is_json = options.json
    del options.json
    result = measure(Task(**vars(options)))
    return finish("deliver", result, is_json=is_json, is_good=is_complete(result))


def measure(task: Task) -> dict[str, Any]:
    with a_bench(task.database) as bench, _a_sink(task, bench) as sink:
        bench.set(
            smtp_url=relay_url(sink.port, task.connections, task.processes),
            **dkim_settings(task.dkim, bench.home),
        )
        yardsticks = _measure_yardsticks(task, sink)
        context = bench.context
        issue_id, size = _prepare(context, task)
        before = sink.received
        tell("Sending …")
        crew = Crew(task.processes, WORKER_THREADS)
        sending = send_frozen(bench, context, issue_id, crew, lambda: sink.received - before)
        received = sink.received - before
        context.database.dispose()
    return _told(task, yardsticks, sending, received) | {"message_bytes": size}


def _told(
    task: Task, yardsticks: dict[str, float], sending: Sending, received: int
) -> dict[str, Any]:
    rate = task.recipients / sending.seconds
    return {
        "messages_per_second": round(rate),
        **{name: round(value) for name, value in yardsticks.items()},
        "ratio": round(rate / yardsticks["yardstick_per_second"], 3),
        "received": received,
        "accepted": sending.accepted,
        "peak_rss_mb": sending.peak_rss_mb,
        "seconds": round(sending.seconds, 2),
        **asdict(task),
        "cpu": cpu_name(),
    }


def is_complete(result: dict[str, Any]) -> bool:
    """By the sink's count and by the ledger's."""
    return bool(result["received"] == result["accepted"] == result["recipients"])


def _prepare(context: Context, task: Task) -> tuple[int, int]:
    """The issue, frozen and materialised, and the size of a copy."""
    tell(f"{task.recipients:,} readers in {task.database} …")
    newsletter_id = a_newsletter(context)
    add_readers(context, newsletter_id, task.recipients)
    issue_id = an_issue(context, newsletter_id)
    freeze(context, issue_id)
    size = fit_edition(context, issue_id, task.size)
    analyse(context)
    return issue_id, size


def _measure_yardsticks(task: Task, sink: Any) -> dict[str, float]:
    tell("Yardsticks …")
    if task.round_trip_ms:
        ceiling = measure_ceiling(task.connections, task.size, task.processes)
        possible = task.connections / (task.round_trip_ms / 1000)
        found = {"yardstick_per_second": possible, "sink_ceiling_per_second": ceiling}
    else:
        messages = min(task.recipients, YARDSTICK_MESSAGES)
        rate = smtp_source_rate(sink, messages, task.size, task.connections)
        found = {"yardstick_per_second": rate, "smtp_source_per_second": rate}
    if task.dkim:
        found["signatures_per_second"] = signature_rate(task.dkim)
        least = min(found["yardstick_per_second"], found["signatures_per_second"])
        found["yardstick_per_second"] = least
    return found


@contextmanager
def _a_sink(task: Task, bench: Bench) -> Iterator[Any]:
    """Has a port, and counts what it `received`."""
    if task.round_trip_ms:
        with delaying_sink(bench.home, task.round_trip_ms, task.processes) as sink:
            yield sink
    else:
        with smtp_sink(Path(bench.home)) as sink:
            yield sink


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=50_000)
    parser.add_argument("--size", type=int, default=11_000, help="bytes of a message on the wire")
    parser.add_argument("--connections", type=int, default=20, help="in all")
    parser.add_argument("--processes", type=int, default=2, help="worker processes")
    parser.add_argument("--database", choices=DATABASES, default="postgresql")
    parser.add_argument("--dkim", choices=("rsa", "ed25519", "both"), default="")
    parser.add_argument("--round-trip-ms", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    raise SystemExit(guarded(main))
