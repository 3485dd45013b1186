"""Two machines deliver an issue, and one of them is cut off in the middle of it.

Its database, queue and relay are gone for it, and its journal for everyone else. The other one
finishes; then the link is healed, and what the first one still sends counts as well.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from benchmarks.bench import Bench, Process, a_bench, answers, free_port, wait_for, worker_command
from benchmarks.readers import a_newsletter, add_readers, an_issue
from benchmarks.results import Lacking, finish, guarded, tell
from benchmarks.sending import freeze
from benchmarks.torture.chaos_relay import Received, RelayProcess, chaos_relay
from benchmarks.torture.chaos_sink import Behaviour
from benchmarks.torture.namespaces import HUB, Machine, machines
from benchmarks.worker_shape import WORKER_THREADS, relay_url
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.staff.principals import Principal
from newsletter.runtime.valkey import EmbeddedValkey
from newsletter.store.models import Batch, Delivery, Issue
from newsletter.usecases.context import Context
from newsletter.usecases.sending.report_issue import report_issue

CONNECTIONS = 8
CUT_AT_SHARE = 0.3
PATIENCE_S = 300.0
AFTERMATH_S = 8.0
"""How long the one that is back is watched."""
SHORTENED = {
    "smtp_connect_timeout": 2,
    "smtp_command_timeout": 3,
    "smtp_data_timeout": 3,
    "smtp_final_timeout": 3,
    "relay_backoff": 0.5,
    "relay_backoff_limit": 2,
    "sweep_interval": 1,
    "lease_duration": 8,
}
"""Settings in seconds."""


@dataclass(frozen=True, slots=True)
class Task:
    recipients: int
    seconds: float


def main() -> int:
    options = _parser().parse_args()
    try:
        result = run(Task(options.recipients, options.seconds))
    except Lacking as lacking:
        return finish("partition", {"skipped": str(lacking)}, is_json=options.json, is_good=True)
    return finish("partition", result, is_json=options.json, is_good=not result["broken"])


def run(task: Task) -> dict[str, Any]:
    """Raises Lacking. `broken` lists the bounds that did not hold."""
    settings: dict[str, Any] = {
        name: timedelta(seconds=seconds) for name, seconds in SHORTENED.items()
    }
    behaviour = Behaviour(host=HUB, per_second=task.recipients / task.seconds)
    with (
        machines(2) as (first, second),
        a_bench("postgresql", listen=HUB, batch_size=100, **settings) as bench,
        chaos_relay(bench.home, behaviour) as relay,
    ):
        _reach_by_network(bench, relay)
        context = bench.context
        newsletter_id = a_newsletter(context)
        add_readers(context, newsletter_id, task.recipients)
        issue_id = an_issue(context, newsletter_id)
        freeze(context, issue_id)
        started_s = time.monotonic()
        workers = [_start_worker(bench, machine) for machine in (first, second)]
        bench.start_ticker()
        windows = _cut_off(context, relay, first, workers, task)
        is_finished = _is_sent_in_time(context, issue_id)
        finished_s = time.monotonic() - started_s
        first.heal()
        tell("The link is healed")
        time.sleep(AFTERMATH_S)
        outcome = _judge(context, issue_id, relay.taken(), task)
        context.database.dispose()
    outcome |= {"duplicates_allowed": windows, "finished": is_finished}
    outcome |= {"seconds": round(finished_s, 1), "recipients": task.recipients}
    return outcome | {"broken": _broken(outcome)}


def _reach_by_network(bench: Bench, relay: RelayProcess) -> None:
    """All of it at one address, which a machine can lose."""
    port = _start_queue(bench)
    name = bench.settings.database_url.partition("?")[0].rpartition("/")[2]
    bench.set(
        database_url=f"postgresql://tester@{HUB}/{name}",
        redis_url=f"redis://{HUB}:{port}/0",
        smtp_url=relay_url(relay.port, CONNECTIONS, 1, host=HUB),
        smtp_starttls="off",
    )


def _start_queue(bench: Bench) -> int:
    """Returns its port, once it answers there."""
    port = free_port()
    valkey = EmbeddedValkey(bench.home / "queue")
    valkey.make_directories()
    command = [*valkey.command(), "--port", str(port), "--bind", HUB, "--protected-mode", "no"]
    queue = bench.start("queue", command)
    wait_for(lambda: not queue.is_running or answers(port, HUB), "the queue answers")
    if not queue.is_running:
        raise RuntimeError(queue.last_words())
    return port


def _start_worker(bench: Bench, machine: Machine) -> Process:
    """With a directory of its own, journal included."""
    command = [*machine.before, *worker_command(1, WORKER_THREADS)]
    directory = Path(bench.home) / machine.name
    return bench.start(
        machine.name, command, WORKER_NAME=machine.name, VAR_DIR=str(directory), JOURNAL_DIR=""
    )


def _cut_off(
    context: Context, relay: RelayProcess, machine: Machine, workers: list[Process], task: Task
) -> int:
    """In the middle of a window; returns how many deliveries it had in its open windows."""
    goal = task.recipients * CUT_AT_SHARE

    def is_time() -> bool:
        if not all(worker.is_running for worker in workers):
            raise RuntimeError(workers[0].last_words() + workers[1].last_words())
        return bool(relay.ask("status")["taken"] >= goal and _windows_of(context, machine))

    wait_for(is_time, f"{goal:.0f} messages were taken", PATIENCE_S)
    machine.cut_off()
    # What it had committed before the cut may still be on its way to be seen.
    time.sleep(0.2)
    windows = _windows_of(context, machine)
    tell(f"Cut off with {windows} copies in open windows")
    return windows


def _windows_of(context: Context, machine: Machine) -> int:
    with context.database.read() as session:
        return (
            session.scalar(
                select(func.count())
                .select_from(Delivery)
                .join(Batch, Batch.id == Delivery.batch_id)
                .where(
                    Delivery.state == DeliveryState.HANDING_OVER,
                    Batch.lease_owner.like(f"{machine.name}/%"),
                )
            )
            or 0
        )


def _is_sent_in_time(context: Context, issue_id: int) -> bool:
    def is_sent() -> bool:
        with context.database.read() as session:
            return session.get_one(Issue, issue_id).state == "sent"

    try:
        wait_for(is_sent, "the other one has finished the issue", PATIENCE_S)
    except TimeoutError as error:
        tell(str(error))
        return False
    return True


def _judge(context: Context, issue_id: int, received: Received, task: Task) -> dict[str, Any]:
    report = report_issue(context, issue_id, Principal.command_line("partition"))
    return {
        "lost": task.recipients - len(received.copies),
        "duplicates": received.duplicates,
        "duplicates_with_other_message_id": received.duplicates_with_other_message_id,
        "received": len(received.messages),
        "accepted": report.accepted,
        "report_adds_up": report.adds_up and not report.open,
    }


def _broken(outcome: dict[str, Any]) -> list[str]:
    zero = ["lost", "duplicates_with_other_message_id"]
    broken = [f"{name} is not 0" for name in zero if outcome[name]]
    broken += [f"{name} is false" for name in ("finished", "report_adds_up") if not outcome[name]]
    if outcome["duplicates"] > outcome["duplicates_allowed"]:
        broken.append("more duplicates than there were copies in the open windows")
    return broken


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20.0, help="of sending, at least")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    raise SystemExit(guarded(main))
