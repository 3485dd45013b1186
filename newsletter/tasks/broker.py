"""The queue: Dramatiq on Redis, or no queue at all where there is no Redis."""

from __future__ import annotations

from dramatiq import Broker, Message
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker

from newsletter.config import Settings

HEARTBEAT_TIMEOUT_MS = 15_000
"""A killed worker's messages are handed out again after this; Dramatiq's own default is 60 s."""

MAINTENANCE_CHANCE = 100_000
"""In a million: every tenth poll looks for dead workers' messages, so that they wait seconds."""


def open_broker(settings: Settings) -> Broker:
    """Opens no connection yet. Without Redis, wake-ups go nowhere and the ticker finds the work.

    None of Dramatiq's middleware: retries and schedules live in our database, and what delivers
    is never interrupted half-way, neither by a time limit nor at shutdown.
    """
    if not settings.redis_url:
        return _NoQueue(middleware=[])
    return RedisBroker(  # type: ignore[no-untyped-call]
        url=settings.redis_url,
        middleware=[],
        heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
        maintenance_chance=MAINTENANCE_CHANCE,
    )


class _NoQueue(StubBroker):
    def enqueue(self, message: Message[object], *, delay: int | None = None) -> Message[object]:
        del delay
        return message
