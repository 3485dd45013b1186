"""Redirects of links beside a bare Flask redirect on the same server; a scanner counted apart."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

from redis import Redis

from benchmarks.bench import DATABASES, Bench, a_bench, answers, free_port, wait_for
from benchmarks.readers import a_newsletter, add_readers, an_issue
from benchmarks.redirect_load import Load, as_many_as_go, at_a_rate, request, whole
from benchmarks.results import finish, guarded, tell
from benchmarks.sending import freeze
from benchmarks.yardsticks import cpu_name
from newsletter.domain.staff.principals import Principal
from newsletter.spool.clicks import LIST, ClickQueue
from newsletter.usecases.clicks.count_clicks import judge_clicks, store_clicks
from newsletter.usecases.clicks.show_liked import show_liked
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.set_clicks import set_clicks

LINKS = 20
SCANNED_READERS, PEOPLE = 500, 50
STEADY_PER_SECOND = 1000.0
LEAST_RATIO = 0.8
LIMIT_MS = 5.0
TURNS = 5
NOISE = 1.25
"""A machine on which even the bare redirect takes longer is held to that, and this much more."""
THREADS = 8
ASKING = Principal.command_line("benchmark")


def main() -> int:
    options = _parser().parse_args()
    result = measure(options.redirects, options.database, options.rate)
    is_quick = result["p99_ms"] <= max(LIMIT_MS, NOISE * result["yardstick_p99_ms"])
    is_apart = result["scanner_clicks_counted_apart"] == SCANNED_READERS * LINKS
    is_good = result["ratio"] >= LEAST_RATIO and is_quick and is_apart
    return finish("clicks", result, is_json=options.json, is_good=is_good)


def measure(redirects: int, database: str, rate: float = STEADY_PER_SECOND) -> dict[str, Any]:
    """`ratio` is that of redirects a second; the percentiles are at `rate` redirects a second."""
    with a_bench(database, trusted_proxies=1) as bench:
        context = bench.context
        newsletter_id = a_newsletter(context, "bench")
        set_clicks(context, "bench", "reader", None, ASKING)
        add_readers(context, newsletter_id, SCANNED_READERS)
        busy, scanned = (an_issue(context, newsletter_id, LINKS) for _ in range(2))
        for issue_id in (busy, scanned):
            freeze(context, issue_id)
        ours, bare = _serve(bench, "wsgi:app"), _serve(bench, "benchmarks.bare_redirect:app")
        asked = _requests(context, busy)
        figures = _in_turns({"yardstick_": bare, "": ours}, asked, redirects, rate)
        figures |= _scanner(bench, context, ours, scanned)
        context.database.dispose()
    ratio = figures["redirects_per_second"] / figures["yardstick_redirects_per_second"]
    p99_ratio = figures["p99_ms"] / figures["yardstick_p99_ms"]
    return {
        "ratio": round(ratio, 2),
        "p99_ratio": round(p99_ratio, 2),
        **figures,
        "database": database,
        "cpu": cpu_name(),
    }


def _in_turns(
    ports: dict[str, int], asked: list[bytes], redirects: int, rate: float
) -> dict[str, Any]:
    """Round by round, so that what else the machine does meets both alike."""
    most, steady = ({name: list[Load]() for name in ports} for _ in range(2))
    for port in ports.values():
        as_many_as_go(port, asked, redirects // 10)
    for turn in range(TURNS):
        tell(f"turn {turn + 1} of {TURNS} …")
        for name, port in ports.items():
            most[name].append(as_many_as_go(port, asked, redirects // TURNS))
            steady[name].append(at_a_rate(port, asked, redirects // TURNS, rate))
    figures: dict[str, Any] = {}
    for name in ports:
        together = whole(steady[name])
        figures |= {
            f"{name}redirects_per_second": whole(most[name]).per_second,
            f"{name}median_ms": together.percentile(0.5),
            f"{name}p99_ms": together.percentile(0.99),
            f"{name}steady_per_second": together.per_second,
        }
    return figures


def _serve(bench: Bench, app: str) -> int:
    """The port of one process with the threads of `newsletter up`."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "1"]
    options = ["--threads", str(THREADS), "--bind", f"127.0.0.1:{port}", "--keep-alive", "60", app]
    bench.start(app.partition(":")[0], command + options)
    wait_for(lambda: answers(port), f"{app} answers")
    return port


def _requests(context: Context, issue_id: int) -> list[bytes]:
    signer = context.signer
    return [
        request(f"/c/{signer.sign_click(issue_id, reader)}/{reader % LINKS + 1}", _address(reader))
        for reader in range(1, SCANNED_READERS + 1)
    ]


def _scanner(bench: Bench, context: Context, port: int, issue_id: int) -> dict[str, Any]:
    """It opens every link of every reader's copy; a while later some of the readers open one."""
    token = context.signer.sign_click
    scanned = [
        request(f"/c/{token(issue_id, reader)}/{link}", "203.0.113.7")
        for reader in range(1, SCANNED_READERS + 1)
        for link in range(1, LINKS + 1)
    ]
    as_many_as_go(port, scanned, len(scanned))
    wait_s = 6.0  # past the window of a burst
    time.sleep(wait_s)
    people = _requests(context, issue_id)[:PEOPLE]
    at_a_rate(port, people, len(people), 5.0)
    with Redis.from_url(bench.settings.redis_url) as redis:
        last = -1
        while redis.llen(LIST) != last:
            last = int(redis.llen(LIST))
            time.sleep(1.0)
    queue, began_s = ClickQueue(bench.settings.redis_url), time.monotonic()
    stored = 0
    while count := store_clicks(context, queue):
        stored += count
    stored_s = time.monotonic() - began_s
    later = replace(context, now=lambda: context.now() + timedelta(minutes=3))
    began_s = time.monotonic()
    judged = 0
    while count := judge_clicks(later):
        judged += count
    judged_s = time.monotonic() - began_s
    liked = show_liked(context, issue_id, ASKING)
    if liked is None:
        raise RuntimeError("the issue has no edition")
    return {
        "scanner_clicks_counted_apart": liked.clicks - liked.people,
        "clicks_by_people": liked.people,
        "stored_per_second": round(stored / stored_s),
        "judged_per_second": round(judged / judged_s),
    }


def _address(reader: int) -> str:
    return f"198.51.{reader // 250}.{reader % 250 + 1}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--redirects", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=STEADY_PER_SECOND)
    parser.add_argument("--database", choices=DATABASES, default="postgresql")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(guarded(main))
