"""The queue: Dramatiq on Redis, or no queue without Redis."""

from __future__ import annotations

from dramatiq import Broker, Message
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker

from newsletter.config import Settings
from newsletter.spool.redis_connections import connect

HEARTBEAT_TIMEOUT_MS = 15_000
"""After this, messages of a killed worker are delivered again. Dramatiq's default is 60 s."""

MAINTENANCE_CHANCE = 100_000
"""Chances in a million: every tenth poll looks for dead workers, so that messages wait seconds."""


def open_broker(settings: Settings) -> Broker:
    """Opens no connection. Without Redis, wake-ups are dropped and the ticker finds the work.

    It uses none of Dramatiq's middleware: retries and schedules are in our database, and a delivery
    is never interrupted, neither by a time limit nor at shutdown.
    """
    if not settings.redis_url:
        return _NoQueue(middleware=[])
    return RedisBroker(  # type: ignore[no-untyped-call]
        client=connect(settings.redis_url),
        middleware=[],
        heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
        maintenance_chance=MAINTENANCE_CHANCE,
    )


class _NoQueue(StubBroker):
    def enqueue(self, message: Message[object], *, delay: int | None = None) -> Message[object]:
        del delay
        return message
