"""Wake-ups: ids that go into the queue after the commit. The database decides what is due.

A message names its actor, which only workers have.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from dramatiq import Broker, Message
from dramatiq.errors import DramatiqError
from redis.exceptions import RedisError

from newsletter import telemetry

QUEUES = {"deliver_outbox": "urgent", "start_issue": "urgent", "deliver_batch": "batches"}
"""The queue of each actor. A person waits for a confirmation, so it goes before the batches of an
issue. It has a queue of its own, because Redis has no priorities.
"""


QUIET_S = 2.0
"""How long nothing is enqueued after a failure, so that no page and no tick waits for each id."""


class Wakeups:
    """Losing one costs a moment, never a mail: the ticker finds what was not enqueued."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._quiet_until_s = 0.0

    def outbox(self, outbox_ids: Iterable[int]) -> None:
        self._send("deliver_outbox", outbox_ids)

    def issues(self, issue_ids: Iterable[int]) -> None:
        self._send("start_issue", issue_ids)

    def batches(self, batch_ids: Iterable[int]) -> None:
        self._send("deliver_batch", batch_ids)

    def _send(self, actor: str, ids: Iterable[int]) -> None:
        if time.monotonic() < self._quiet_until_s:
            return
        for number in ids:
            try:
                self._broker.enqueue(_message(actor, number))
            except (RedisError, DramatiqError, OSError) as error:
                self._quiet_until_s = time.monotonic() + QUIET_S
                with telemetry.wide_event("wakeup lost", actor=actor, id=number) as event:
                    event.add(reason=str(error))
                return


def _message(actor: str, number: int) -> Message[None]:
    return Message(
        queue_name=QUEUES[actor], actor_name=actor, args=(number,), kwargs={}, options={}
    )
