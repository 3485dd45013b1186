"""An issue goes out while everything goes wrong; what the relay took is held against the promise.

Workers are killed with -9, Redis is flushed and restarted, PostgreSQL is restarted, the relay
answers 4xx, drops and hangs after the dot and goes away; meanwhile a tenth of the readers leave.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from benchmarks.bench import DATABASES, Bench, a_bench, free_port
from benchmarks.readers import a_newsletter, add_readers, an_issue
from benchmarks.results import finish, guarded, tell
from benchmarks.torture.chaos_relay import Received, RelayProcess, chaos_relay
from benchmarks.torture.chaos_sink import Behaviour
from benchmarks.torture.disasters import Disasters
from benchmarks.torture.leavers import Leaver, Leavers
from benchmarks.worker_shape import WORKER_THREADS, relay_url
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.staff.principals import Principal
from newsletter.runtime.environment import environment_of
from newsletter.store.models import Delivery, Edition, Issue, Subscriber
from newsletter.usecases.context import Context
from newsletter.usecases.sending.report_issue import report_issue
from newsletter.usecases.sending.schedule_issue import send_now
from tests.support.services.up import RunningUp

CONNECTIONS = 8
PROCESSES = 2
LEAVING_SHARE = 0.1
STANDSTILL_S = 180.0
SHORTENED = {
    "smtp_connect_timeout": 2,
    "smtp_command_timeout": 3,
    "smtp_data_timeout": 3,
    "smtp_final_timeout": 2,
    "relay_backoff": 0.5,
    "relay_backoff_limit": 2,
    "sweep_interval": 1,
    "lease_duration": 20,
}
"""Settings in seconds."""
RETRY_SCHEDULE = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Task:
    """`seconds`: how long the sending would take if nothing went wrong, at least."""

    recipients: int
    seconds: float
    database: str
    seed: int
    kill_every_s: float
    keep: bool = False


def main() -> int:
    options = _parser().parse_args()
    is_json = options.json
    del options.json
    result = run(Task(**vars(options)))
    return finish("chaos", result, is_json=is_json, is_good=not result["broken"])


def run(task: Task) -> dict[str, Any]:
    """What happened, and in `broken` which bounds did not hold."""
    chance = random.Random(task.seed)  # noqa: S311  to be repeated
    with (
        a_bench(task.database, keep=task.keep, **_settings()) as bench,
        chaos_relay(bench.home, _behaviour(task)) as relay,
    ):
        pace = task.recipients / task.seconds
        bench.set(
            smtp_url=relay_url(relay.port, CONNECTIONS, PROCESSES, per_second=pace),
            port=(port := free_port()),
            public_url=f"http://localhost:{port}",
        )
        context = bench.context
        newsletter_id = a_newsletter(context)
        add_readers(context, newsletter_id, task.recipients)
        issue_id = an_issue(context, newsletter_id)
        with _everything_up(bench) as up:
            send_now(context, issue_id, Principal.command_line("chaos"))
            edition_id = _wait_for_edition(context, up, issue_id)
            disasters = Disasters(
                bench, up, relay, task.recipients, chance, kill_every_s=task.kill_every_s
            )
            leavers = Leavers(context, edition_id, f"localhost:{up.port}", pace * LEAVING_SHARE)
            started_s = time.monotonic()
            leavers.start(_draw_leavers(context, edition_id, chance))
            disasters.start()
            is_finished = _wait_until_sent(context, issue_id, relay, disasters)
            disasters.stop()
            leavers.stop()
            seconds = time.monotonic() - started_s
        received = relay.taken()
        outcome = _judge(context, issue_id, edition_id, received, leavers)
        outcome |= _what_happened(relay, disasters, leavers)
        outcome["duplicates_by_cause"] = received.causes(disasters.events)
        outcome |= {"finished": is_finished, "seconds": round(seconds, 1)}
        outcome["sending_seconds"] = round(received.seconds, 1)
        context.database.dispose()
    outcome |= {"recipients": task.recipients, "database": task.database, "seed": task.seed}
    return outcome | {"broken": _broken(outcome)}


def _settings() -> dict[str, Any]:
    shortened = {name: timedelta(seconds=seconds) for name, seconds in SHORTENED.items()}
    return shortened | {
        "retry_schedule": tuple(timedelta(seconds=seconds) for seconds in RETRY_SCHEDULE),
        "batch_size": 500,
        "worker_processes": PROCESSES,
        "worker_threads": WORKER_THREADS,
    }


def _behaviour(task: Task) -> Behaviour:
    """Drops and hangs often enough for each to happen, even with few readers."""
    return Behaviour(
        seed=task.seed,
        per_second=task.recipients / task.seconds,
        soft_at_rcpt=0.02,
        soft_after_dot=0.01,
        drop_after_dot=max(0.001, 8 / task.recipients),
        hang_after_dot=max(0.0003, 4 / task.recipients),
        surely_by=task.recipients // 2,
    )


@contextmanager
def _everything_up(bench: Bench) -> Iterator[RunningUp]:
    """`newsletter up`, whose supervisor recovers what a dead worker leaves."""
    given = environment_of(bench.settings)
    del given["VAR_DIR"], given["PORT"]
    up = RunningUp(bench.home / "up" / "var", bench.settings.port, given)
    try:
        yield up.start()
    finally:
        up.end()


def _wait_for_edition(context: Context, up: RunningUp, issue_id: int) -> int:
    while True:
        if not up.is_running:
            raise RuntimeError(up.log)
        with context.database.read() as session:
            found = session.scalar(select(Edition.id).where(Edition.issue_id == issue_id))
        if found is not None:
            return found
        time.sleep(0.05)


def _draw_leavers(context: Context, edition_id: int, chance: random.Random) -> list[Leaver]:
    with context.database.read() as session:
        rows = session.execute(
            select(Subscriber.address, Delivery.subscriber_id, Delivery.subscription_id)
            .join(Delivery, Delivery.subscriber_id == Subscriber.id)
            .where(Delivery.edition_id == edition_id)
            .order_by(Delivery.subscriber_id)
        ).all()
    drawn = chance.sample(rows, round(len(rows) * LEAVING_SHARE))
    return [Leaver(address or "", reader, subscription) for address, reader, subscription in drawn]


def _wait_until_sent(
    context: Context, issue_id: int, relay: RelayProcess, disasters: Disasters
) -> bool:
    """False when nothing moves any more."""
    taken, moved_s = 0, time.monotonic()
    while time.monotonic() - moved_s < STANDSTILL_S:
        time.sleep(0.2)
        now = relay.ask("status")["taken"]
        if now // 1000 > taken // 1000:
            tell(f"{now:,} of {disasters.recipients:,} taken")
        if now > taken:
            taken, moved_s = now, time.monotonic()
        if _state(context, issue_id) in ("sent", "paused", "cancelled"):
            return _state(context, issue_id) == "sent"
    return False


def _state(context: Context, issue_id: int) -> str:
    """Empty while the database is away."""
    try:
        with context.database.read() as session:
            return session.scalar(select(Issue.state).where(Issue.id == issue_id)) or ""
    except SQLAlchemyError:
        return ""


def _judge(
    context: Context, issue_id: int, edition_id: int, received: Received, leavers: Leavers
) -> dict[str, Any]:
    stayed = _audience(context, edition_id) - {one.leaver.address for one in leavers.left}
    accepted = _audience(context, edition_id, DeliveryState.ACCEPTED)
    after, in_windows = leavers.sent_after(received)
    report = report_issue(context, issue_id, Principal.command_line("chaos"))
    return {
        "lost": len((stayed | accepted) - set(received.copies)),
        "duplicates": received.duplicates,
        "duplicates_with_other_message_id": received.duplicates_with_other_message_id,
        "sent_after_unsubscribe": after,
        "sent_in_windows_open_at_unsubscribe": in_windows,
        "unsubscribed": len(leavers.left),
        "received": len(received.messages),
        "accepted": report.accepted,
        "withdrawn": report.withdrawn,
        "report_adds_up": report.adds_up and not report.open,
    }


def _audience(context: Context, edition_id: int, state: DeliveryState | None = None) -> set[str]:
    wanted = (
        select(Subscriber.address)
        .join(Delivery, Delivery.subscriber_id == Subscriber.id)
        .where(Delivery.edition_id == edition_id)
    )
    if state is not None:
        wanted = wanted.where(Delivery.state == state)
    with context.database.read() as session:
        return {address or "" for address in session.scalars(wanted)}


def _what_happened(relay: RelayProcess, disasters: Disasters, leavers: Leavers) -> dict[str, Any]:
    tally = relay.ask("status")
    windows = disasters.kill_windows + tally["drops"] + tally["hangs"] + tally["outage_windows"]
    return {
        "duplicates_allowed": windows,
        "kills": disasters.kills,
        "drops": tally["drops"],
        "hangs": tally["hangs"],
        "outages": tally["outages"],
        "soft_rejections": tally["soft"],
        "flushes": disasters.flushes,
        "database_restarts": disasters.database_restarts,
        "unsubscribes_tried_again": leavers.refused,
    }


def _broken(outcome: dict[str, Any]) -> list[str]:
    """In words, what should have held or happened and did not."""
    never = ["kills", "drops", "hangs", "outages", "soft_rejections", "flushes", "unsubscribed"]
    if outcome["database"] == "postgresql":
        never.append("database_restarts")
    zero = ["lost", "duplicates_with_other_message_id", "sent_after_unsubscribe"]
    broken = [f"{name} never happened" for name in never if not outcome[name]]
    broken += [f"{name} is not 0" for name in zero if outcome[name]]
    if outcome["duplicates"] > outcome["duplicates_allowed"]:
        broken.append("more duplicates than connections open at kills, drops and hangs")
    if not outcome["finished"]:
        broken.append("the issue did not finish by itself")
    if not outcome["report_adds_up"]:
        broken.append("the report does not add up")
    return broken


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=75.0, help="of sending, at least")
    parser.add_argument("--database", choices=DATABASES, default="postgresql")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kill-every-s", type=float, default=6.0, help="at work, on average")
    parser.add_argument("--keep", action="store_true", help="the logs, and the relay's list")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    raise SystemExit(guarded(main))
