"""Wake-ups: ids that go into the queue after the commit. The database decides what is due.

A message names its actor, which only workers have.
"""

from __future__ import annotations

from collections.abc import Iterable

from dramatiq import Broker, Message
from dramatiq.errors import DramatiqError
from redis.exceptions import RedisError

from newsletter import telemetry

QUEUES = {"deliver_outbox": "urgent", "start_issue": "urgent", "deliver_batch": "batches"}
"""The queue of each actor. A person waits for a confirmation, so it goes before the batches of an
issue. It has a queue of its own, because Redis has no priorities.
"""


class Wakeups:
    """Losing one costs a moment, never a mail: the ticker finds what was not enqueued."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def outbox(self, outbox_ids: Iterable[int]) -> None:
        self._send("deliver_outbox", outbox_ids)

    def issues(self, issue_ids: Iterable[int]) -> None:
        self._send("start_issue", issue_ids)

    def batches(self, batch_ids: Iterable[int]) -> None:
        self._send("deliver_batch", batch_ids)

    def _send(self, actor: str, ids: Iterable[int]) -> None:
        for number in ids:
            message: Message[None] = Message(
                queue_name=QUEUES[actor], actor_name=actor, args=(number,), kwargs={}, options={}
            )
            try:
                self._broker.enqueue(message)
            except (RedisError, DramatiqError, OSError) as error:
                with telemetry.wide_event("wakeup lost", actor=actor, id=number) as event:
                    event.add(reason=str(error))
