"""Wake-ups: ids that go into the queue after the commit. The database decides what is due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dramatiq.errors import DramatiqError
from redis.exceptions import RedisError

from newsletter import telemetry


class Wakeups:
    """Losing one costs a moment, never a mail: the ticker finds what was not enqueued."""

    def __init__(self, actors: Mapping[str, Any]) -> None:
        self._actors = actors

    def outbox(self, outbox_ids: Iterable[int]) -> None:
        self._send("deliver_outbox", outbox_ids)

    def issues(self, issue_ids: Iterable[int]) -> None:
        self._send("start_issue", issue_ids)

    def batches(self, batch_ids: Iterable[int]) -> None:
        self._send("deliver_batch", batch_ids)

    def _send(self, actor: str, ids: Iterable[int]) -> None:
        for number in ids:
            try:
                self._actors[actor].send(number)
            except (RedisError, DramatiqError, OSError) as error:
                with telemetry.wide_event("wakeup lost", actor=actor, id=number) as event:
                    event.add(reason=str(error))
