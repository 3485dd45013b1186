"""PostgreSQL that falls silent: no reply comes, though the connection stays open.

TCP notices a machine that is gone, but not a server that was stopped, or a disk that hangs: the
kernel goes on acknowledging. A statement may take as long as it needs, so its own time proves
nothing. When a reply is late, we therefore ask for a new connection, and give up only if the server
doesn't answer that either.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

R = TypeVar("R")

ASK_AFTER_S = 1.0
"""How long to wait for a reply before asking whether the server answers, and until asking again."""
ANSWER_WITHIN_S = 2
REMEMBERED_S = 3.0
"""How long nobody else tries after the server was found silent, so that no queue forms."""


class ServerSilent(psycopg.OperationalError):
    def __init__(self) -> None:
        super().__init__("the server does not answer")


class Silence:
    """Whether the server of one engine is silent. Shared between threads."""

    def __init__(self) -> None:
        self._until_s = 0.0

    def connect(self, *args: Any, **parameters: Any) -> psycopg.Connection:
        """Raises ServerSilent at once if it was just found silent."""
        if self._is_known():
            raise ServerSilent
        try:
            connection = _Watched.connect(*args, **parameters)
        except psycopg.errors.ConnectionTimeout:
            self._remember()
            raise
        connection.silence, connection.parameters = self, parameters
        return connection

    def require_answer(self, parameters: Mapping[str, Any]) -> None:
        """Raises ServerSilent. A server that refuses us, since it is full for example, answers."""
        if self._is_known():
            raise ServerSilent
        probe = {**parameters, "connect_timeout": ANSWER_WITHIN_S}
        try:
            psycopg.connect(**probe).close()
        except psycopg.errors.ConnectionTimeout as error:
            self._remember()
            raise ServerSilent from error
        except psycopg.OperationalError:
            return

    def _is_known(self) -> bool:
        return time.monotonic() < self._until_s

    def _remember(self) -> None:
        self._until_s = time.monotonic() + REMEMBERED_S


class _Watched(psycopg.Connection):
    """All waiting for replies goes through `wait`."""

    silence: Silence | None = None
    parameters: Mapping[str, Any]

    def wait(self, gen: PQGen[R], *args: Any, **options: Any) -> R:
        return super().wait(self._while_answered(gen), *args, **options)

    def _while_answered(self, gen: PQGen[R]) -> PQGen[R]:
        """`gen`, which is also resumed ten times a second while no reply comes."""
        ask_at_s = time.monotonic() + ASK_AFTER_S
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() >= ask_at_s:
                    self._require_answer()
                    ask_at_s = time.monotonic() + ASK_AFTER_S
                wanted = gen.send(ready)
        except StopIteration as ended:
            result: R = ended.value
            return result

    def _require_answer(self) -> None:
        if self.silence is None:
            return
        try:
            self.silence.require_answer(self.parameters)
        except ServerSilent:
            self.pgconn.finish()
            raise
