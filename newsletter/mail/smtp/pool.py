"""The connections to one relay: opened for work that waits, kept while they are useful."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from newsletter.domain.delivery.outcomes import Outcome, RelayTrouble, Throttled, with_relay_name
from newsletter.mail.smtp.connection import Connection
from newsletter.mail.smtp.copies import Copy, CopySource
from newsletter.mail.smtp.dialing import dial
from newsletter.mail.smtp.learner import Learner
from newsletter.mail.smtp.relay import Relay
from newsletter.mail.smtp.steps import ConversationBroken, Refused, Session
from newsletter.mail.smtp.timeouts import Timeouts
from newsletter.mail.smtp.transaction import converse
from newsletter.mail.smtp.turns import Turns

CHECK_EVERY_S = 1.0
REDUCED_FOR_S = 60.0
"""After a relay refuses a connection, or ends one, no more are opened for this long."""

LOGIN_AGAIN_AFTER_S = 3.0
"""After a refused login, other threads that come along share its refusal for this long."""


class Pool:
    """Runs in the courier's loop. All its connections take their copies from it (see Work)."""

    def __init__(
        self,
        relay: Relay,
        timeouts: Timeouts,
        learner: Learner,
        broke: Callable[[BaseException], None],
    ) -> None:
        self.relay = relay
        self._name = relay.name  # a property, which is asked for each copy
        self._learner = learner
        self._timeouts = timeouts
        self._broke = broke
        self._sources: deque[CopySource] = deque()
        self._given_back: deque[Copy] = deque()
        self._sessions: dict[Connection, tuple[Session, float]] = {}
        self._dialing: set[asyncio.Task[None]] = set()
        self._limit = relay.connections
        self._limited_until_s = 0.0
        self._turns = Turns(relay.per_second)
        self._next_turn: asyncio.TimerHandle | None = None
        self._refused_login: RelayTrouble | None = None
        self._login_again_at_s = 0.0
        self._loop = asyncio.get_running_loop()
        self._maintenance = self._loop.call_later(CHECK_EVERY_S, self._maintain)
        self._all_gone: asyncio.Future[None] | None = None

    def add(self, source: CopySource) -> None:
        if self._refused_login is not None and self._loop.time() < self._login_again_at_s:
            source.refuse(self._refused_login)
            return
        self._sources.append(source)
        self._assign()

    def take(self) -> Copy | None:
        if not self._turns.are_limited:
            return self._next_copy()
        now_s = self._loop.time()
        wait_s = self._turns.wait_s(now_s)
        if wait_s:
            self._assign_in(wait_s)
            return None
        copy = self._next_copy()
        if copy is not None:
            self._turns.count(now_s)
        return copy

    def _assign_in(self, wait_s: float) -> None:
        if self._next_turn is None:
            self._next_turn = self._loop.call_later(wait_s, self._take_turns)

    def _take_turns(self) -> None:
        self._next_turn = None
        self._assign()

    def _next_copy(self) -> Copy | None:
        while self._given_back:
            returned = self._given_back.popleft()
            if returned.source.resumes(returned):
                return returned
        while self._sources:
            copy = self._sources[0].take()
            if copy is not None:
                return copy
            self._sources.popleft()
        return None

    def give_back(self, copy: Copy) -> None:
        self._given_back.append(copy)

    def done(self, copy: Copy, outcome: Outcome) -> None:
        if isinstance(outcome, Throttled) and outcome.reply.ends_connection:
            # Or each copy would cost a connection.
            self._reduce(1)
        copy.source.done(copy, with_relay_name(outcome, self._name))

    async def close(self) -> None:
        """Sends QUIT on idle connections and waits a moment for the answers."""
        self._maintenance.cancel()
        if self._next_turn is not None:
            self._next_turn.cancel()
        for task in self._dialing:
            task.cancel()
        for connection in list(self._sessions):
            self._retire(connection)
        if self._sessions:
            self._all_gone = self._loop.create_future()
            await asyncio.wait([self._all_gone], timeout=self._timeouts.goodbye.total_seconds())
        for connection in list(self._sessions):
            connection.close()

    # --- Connections for what waits

    def _assign(self) -> None:
        waiting = len(self._given_back) + sum(source.waiting for source in self._sources)
        for connection in [c for c in self._sessions if c.is_idle][:waiting]:
            connection.wake()
            waiting -= 1
        # The first one alone: what is wrong is wrong for all, and failed logins lock an account.
        limit = self._limit if self._sessions else 1
        room = limit - len(self._sessions) - len(self._dialing)
        for _ in range(min(waiting - len(self._dialing), room)):
            task = self._loop.create_task(self._open())
            self._dialing.add(task)
            task.add_done_callback(self._dialing.discard)

    async def _open(self) -> None:
        try:
            try:
                connection, session = await dial(self.relay, self._timeouts)
            finally:
                # At once, not when the task is over: many can be refused in one turn of the loop,
                # and a connection that ends as it begins leaves its copies to the next one.
                self._dialing.discard(cast("asyncio.Task[None]", asyncio.current_task()))
        except Refused as refused:
            self._handle_refusal(refused.trouble)
        except Exception as error:  # noqa: BLE001  raised in the threads that wait
            self._broke(error)
        else:
            session.share, session.learner = self.relay.per_connection, self._learner
            if not session.may_pipeline:
                self._learner.not_offered()
            self._sessions[connection] = session, self._loop.time()
            connection.run(converse(session, self), lambda _, error: self._ended(connection, error))
            self._assign()

    def _ended(self, connection: Connection, error: BaseException | None) -> None:
        connection.close()
        del self._sessions[connection]
        if self._all_gone is not None:
            if not self._sessions:
                self._all_gone.set_result(None)
            return
        if error is not None and not isinstance(error, ConversationBroken):
            self._broke(error)
        # Not at once: many connections may be closing together.
        self._loop.call_soon(self._assign)

    def _handle_refusal(self, trouble: RelayTrouble) -> None:
        if self._sessions:
            self._reduce(len(self._sessions))
        elif not self._dialing:
            self._fail_all(trouble)

    def _reduce(self, connections: int) -> None:
        self._limit = connections
        self._limited_until_s = self._loop.time() + REDUCED_FOR_S

    def _fail_all(self, trouble: RelayTrouble) -> None:
        """The relay can't be reached: ends all sources and the copies given back."""
        named = cast("RelayTrouble", with_relay_name(trouble, self._name))
        if trouble.is_refused_login:
            self._refused_login = named
            self._login_again_at_s = self._loop.time() + LOGIN_AGAIN_AFTER_S
        while self._given_back:
            copy = self._given_back.popleft()
            copy.source.done(copy, named)
        sources, self._sources = self._sources, deque()
        for source in sources:
            source.refuse(named)

    # --- Maintenance

    def _maintain(self) -> None:
        now_s = self._loop.time()
        idle_s = self._timeouts.idle.total_seconds()
        age_s = self.relay.connection_age.total_seconds()
        for connection, (session, since_s) in list(self._sessions.items()):
            session.is_ending = session.is_ending or now_s - since_s > age_s
            if connection.is_idle and (
                session.is_ending or now_s - connection.idle_since_s > idle_s
            ):
                self._retire(connection)
        if self._limit < self.relay.connections and now_s > self._limited_until_s:
            self._limit = self.relay.connections
            self._assign()
        self._maintenance = self._loop.call_later(CHECK_EVERY_S, self._maintain)

    def _retire(self, connection: Connection) -> None:
        session, _ = self._sessions[connection]
        session.is_ending = True
        connection.timeouts = replace(self._timeouts, connect=self._timeouts.goodbye)
        connection.wake()
