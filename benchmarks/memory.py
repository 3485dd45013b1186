"""The most memory that a worker process holds, with many readers beside with few."""

from __future__ import annotations

import argparse
from typing import Any

from benchmarks.bench import DATABASES, a_bench
from benchmarks.editions import fit_edition
from benchmarks.readers import a_newsletter, add_readers, an_issue, analyse
from benchmarks.results import finish, guarded, tell
from benchmarks.sending import Crew, freeze, send_frozen
from benchmarks.worker_shape import WORKER_THREADS, relay_url
from benchmarks.yardsticks import cpu_name, smtp_sink

FEW = 10_000
CONNECTIONS, PROCESSES = 20, 2
SIZE = 11_000
LIMIT_MB = 150


def main() -> int:
    options = _parser().parse_args()
    few = min(FEW, options.recipients)
    result = measure(options.recipients, few, options.messages, options.database)
    is_good = result["peak_rss_mb"] is not None and result["peak_rss_mb"] <= LIMIT_MB
    return finish("memory", result, is_json=options.json, is_good=is_good)


def measure(recipients: int, few: int, messages: int, database: str) -> dict[str, Any]:
    """`messages` after which the large sending stops; 0 to skip it."""
    yardstick_mb, _ = _peak_mb(few, 0, database)
    peak_mb, received = _peak_mb(recipients, messages, database)
    return {
        "peak_rss_mb": peak_mb,
        "yardstick_mb": yardstick_mb,
        "ratio": round(peak_mb / yardstick_mb, 3) if peak_mb and yardstick_mb else None,
        "received": received,
        "recipients": recipients,
        "yardstick_recipients": few,
        "limit_mb": LIMIT_MB,
        "database": database,
        "cpu": cpu_name(),
    }


def _peak_mb(recipients: int, messages: int, database: str) -> tuple[float | None, int]:
    """Also how many messages were sent."""
    with a_bench(database) as bench, smtp_sink(bench.home) as sink:
        bench.set(smtp_url=relay_url(sink.port, CONNECTIONS, PROCESSES))
        context = bench.context
        tell(f"{recipients:,} readers in {database} …")
        newsletter_id = a_newsletter(context)
        add_readers(context, newsletter_id, recipients)
        issue_id = an_issue(context, newsletter_id)
        freeze(context, issue_id)
        fit_edition(context, issue_id, SIZE)
        analyse(context)
        tell("Sending …")
        crew = Crew(PROCESSES, WORKER_THREADS, messages)
        sending = send_frozen(bench, context, issue_id, crew, lambda: sink.received)
        context.database.dispose()
        return sending.peak_rss_mb, sink.received


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", "--rows", type=int, default=1_000_000)
    parser.add_argument("--messages", type=int, default=0, help="cut the sending after so many")
    parser.add_argument("--database", choices=DATABASES, default="postgresql")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    raise SystemExit(guarded(main))
