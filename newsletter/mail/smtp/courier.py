"""The one door to SMTP: a thread that sends copies over many connections at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import uvloop

from newsletter.domain.delivery.outcomes import Outcome, RelayTrouble
from newsletter.mail.envelope import Envelope
from newsletter.mail.smtp.copies import Copy, CopySource
from newsletter.mail.smtp.learner import Learner
from newsletter.mail.smtp.pool import Pool
from newsletter.mail.smtp.relay import Relay
from newsletter.mail.smtp.timeouts import Timeouts

CHECK_EVERY_S = 1.0


class CourierBroken(Exception):
    """A bug stopped the courier. Its open copies are recovered like those of a dead worker."""


class Courier:
    """One for each process. Starts at its first use, so that it can be made before a fork.

    `learner_of` has what is known about a relay; it is called in the thread that submits.
    """

    def __init__(
        self,
        timeouts: Timeouts,
        learner_of: Callable[[Relay], Learner] = lambda relay: Learner(relay.pipelining),
    ) -> None:
        self._timeouts = timeouts
        self._learner_of = learner_of
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pools: dict[Relay, Pool] = {}
        self._fault: BaseException | None = None

    def submit(self, relay: Relay, source: CopySource) -> None:
        """Sends the copies of `source` as connections become free. Raises CourierBroken."""
        learner = self._learner_of(relay)
        self._call(lambda: self._pool(relay, learner).add(source))

    def call(self, function: Callable[[], None]) -> None:
        """Calls `function` soon in the courier's thread, the only one that may use sources."""
        self._call(function)

    def send(
        self,
        relay: Relay,
        envelope: Envelope,
        message: bytes,
        may_finish: Callable[[], bool] = lambda: True,
    ) -> Outcome:
        """Sends one complete, signed message with CRLF line ends and waits for its outcome.

        `may_finish` is called right before the final dot; False withholds the message. What it
        raises also withholds the message, and is raised here. Raises CourierBroken.
        """
        source = _SingleCopy(envelope, message, may_finish)
        self.submit(relay, source)
        while not source.is_settled.wait(CHECK_EVERY_S):
            self.raise_if_broken()
        return source.outcome()

    def raise_if_broken(self) -> None:
        """Raises CourierBroken."""
        if self._fault is not None:
            raise CourierBroken(str(self._fault)) from self._fault

    def close(self) -> None:
        """Ends all connections with QUIT. Call it when nothing is under way."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._close_pools(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def _call(self, function: Callable[[], None]) -> None:
        self.raise_if_broken()
        with self._lock:
            if self._loop is None:
                self._loop = uvloop.new_event_loop()
                self._loop.set_exception_handler(self._on_exception)
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name="courier", daemon=True
                )
                self._thread.start()
            self._loop.call_soon_threadsafe(function)

    def _pool(self, relay: Relay, learner: Learner) -> Pool:
        pool = self._pools.get(relay)
        if pool is None:
            pool = self._pools[relay] = Pool(relay, self._timeouts, learner, self._break)
        return pool

    async def _close_pools(self) -> None:
        pools, self._pools = self._pools, {}
        await asyncio.gather(*(pool.close() for pool in pools.values()))

    def _on_exception(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        if isinstance(error, OSError):
            # A transport was lost while it was being closed.
            return
        loop.default_exception_handler(context)
        self._break(error if isinstance(error, BaseException) else RuntimeError(str(context)))

    def _break(self, error: BaseException) -> None:
        self._fault = self._fault or error


class _SingleCopy:
    """A source of one copy, for a thread that waits for its outcome."""

    def __init__(self, envelope: Envelope, message: bytes, may_finish: Callable[[], bool]) -> None:
        self._copy: Copy | None = Copy(envelope, message, self)
        self._may_finish = may_finish
        self._outcome: Outcome | None = None
        self._error: BaseException | None = None
        self.is_settled = threading.Event()

    def outcome(self) -> Outcome:
        if self._error is not None:
            raise self._error
        assert self._outcome is not None  # noqa: S101  it is settled
        return self._outcome

    @property
    def waiting(self) -> int:
        return 0 if self._copy is None else 1

    def take(self) -> Copy | None:
        copy, self._copy = self._copy, None
        return copy

    def may_finish(self, copy: Copy) -> bool:
        del copy
        try:
            return self._may_finish()
        except Exception as error:  # noqa: BLE001  it is raised again where it is waited for
            self._error = error
            return False

    def before_dot(self, copy: Copy) -> bool:
        del copy
        return True

    def resumes(self, copy: Copy) -> bool:
        del copy
        return True

    def done(self, copy: Copy, outcome: Outcome) -> None:
        del copy
        self._settle(outcome)

    def refuse(self, trouble: RelayTrouble) -> None:
        if self._copy is not None:
            self._copy = None
            self._settle(trouble)

    def _settle(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self.is_settled.set()
