"""Stores what many connections bring, together, and tells each once its message is committed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from newsletter.domain.feedback.inbound import Arrival

MOST_TOGETHER = 200
MOST_BYTES_TOGETHER = 50_000_000
QUIET_AFTER_S = 0.2


@dataclass(frozen=True, slots=True)
class _Waiting:
    arrival: Arrival
    done: asyncio.Future[None]


class Storekeeper:
    """A commit costs a sync of the disk: those that wait for it share the next one."""

    def __init__(self, store: Callable[[Sequence[Arrival]], object]) -> None:
        self._store = store
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        self.stored = asyncio.Event()
        """Set when something new is there to be judged."""

    async def become_quiet(self) -> None:
        """Returns once nothing new has come in for a moment."""
        with suppress(TimeoutError):
            while self.stored.is_set():
                self.stored.clear()
                await asyncio.wait_for(self.stored.wait(), QUIET_AFTER_S)

    async def keep(self, arrival: Arrival) -> None:
        """Returns once it is committed. Raises what the database raised."""
        waiting = _Waiting(arrival, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(waiting)
        await waiting.done

    async def run(self) -> None:
        while True:
            together = [await self._queue.get()]
            size = len(together[0].arrival.content)
            while len(together) < MOST_TOGETHER and size < MOST_BYTES_TOGETHER:
                try:
                    together.append(self._queue.get_nowait())
                except asyncio.QueueEmpty:
                    break
                size += len(together[-1].arrival.content)
            await self._keep_together(together)

    async def _keep_together(self, together: Sequence[_Waiting]) -> None:
        try:
            await asyncio.to_thread(self._store, [waiting.arrival for waiting in together])
        except Exception as error:  # noqa: BLE001  each connection gets it, and answers
            if len(together) > 1:
                for waiting in together:
                    await self._keep_together([waiting])
            elif not together[0].done.done():
                together[0].done.set_exception(error)
            return
        for waiting in together:
            if not waiting.done.done():
                waiting.done.set_result(None)
        self.stored.set()
