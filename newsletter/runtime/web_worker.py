"""A gunicorn worker that gives its threads whole requests, and takes back their answers.

Gunicorn's own gthread gives a thread to each connection whose first byte has come, until the last
one has been sent: as many slow clients as threads keep everyone else waiting. See decision 0017.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from newsletter.runtime.arrivals import Arrival, Standing
from newsletter.runtime.unhurried_socket import PIECE_BYTES, UnhurriedSocket

REQUEST_S = 60.0
"""Until a whole request of at most LARGEST_REQUEST_BYTES has come: 4 KB a second."""
ANSWER_S = 120.0
"""Until the rest of an answer has been taken."""
LINGER_S = 30.0
"""A client that still sends must not lose our answer by a reset (RFC 9112, section 9.6)."""
STOP_S = 2.0
"""When the worker stops: for clients who may be sending a request already."""
MOST_CONNECTIONS = 500

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, cfg: Any, accepted: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, UnhurriedSocket(accepted), client, server)
        self.arrival = Arrival()
        self.deadline_s = 0.0
        self.keep_alive = False


class WebWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """A connection is either in `_waiting`, with a deadline, or in the hands of a thread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.worker_connections = min(self.cfg.worker_connections, MOST_CONNECTIONS)
        self._waiting: dict[Connection, None] = {}

    def accept(self, listener: socket.socket) -> None:
        try:
            accepted, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self._make_room()
        self.nr_conns += 1
        connection = Connection(self.cfg, accepted, client, listener.getsockname())
        self._await_request(connection, REQUEST_S)

    def finish_request(self, conn: Connection, fs: Future[bool]) -> None:
        conn.keep_alive = not fs.cancelled() and fs.exception() is None and fs.result()
        self._send_rest(conn)

    def murder_pending(self) -> None:
        """Called in each turn of the loop, every second at least."""
        now_s = time.monotonic()
        for connection in [one for one in self._waiting if one.deadline_s <= now_s]:
            self._close(connection)

    def _cap_keepalive(self, deadline: float) -> None:
        """Called when the worker stops. Answers still leave."""
        for connection in self._waiting:
            if not connection.sock.unsent:
                connection.deadline_s = min(connection.deadline_s, deadline)

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:  # noqa: FBT001
        """A body that was left on the socket isn't read for the sake of another request."""
        return bool(super()._keepalive_after(conn, keepalive and not conn.sock.may_wait_for_body))

    def _make_room(self) -> None:
        """When all places are taken, the one who has kept us waiting longest gives up theirs."""
        if self.nr_conns + 1 >= self.worker_connections and self._waiting:
            self._close(next(iter(self._waiting)))

    def _await_request(self, connection: Connection, patience_s: float) -> None:
        connection.arrival = Arrival()
        self._wait(connection, selectors.EVENT_READ, self._receive, patience_s)

    def _receive(self, connection: Connection) -> None:
        data = connection.sock.recv_now(PIECE_BYTES)
        if data == b"":
            self._close(connection)
        elif data:
            self._take(connection, data)

    def _take(self, connection: Connection, data: bytes) -> None:
        if not connection.arrival.data:
            connection.deadline_s = time.monotonic() + REQUEST_S
        standing = connection.arrival.take(data)
        if standing in (Standing.WHOLE, Standing.LARGE):
            self._hand_over(connection, is_large=standing is Standing.LARGE)
        elif standing is not Standing.AWAITED:
            self._refuse(connection, standing.value)
        elif connection.arrival.expects_continue:
            connection.arrival.expects_continue = False
            self._say(connection, CONTINUE)

    def _hand_over(self, connection: Connection, *, is_large: bool) -> None:
        self._stop_waiting(connection)
        connection.init()
        connection.data_ready = True
        connection.sock.may_wait_for_body = is_large
        connection.parser.unreader.unread(bytes(connection.arrival.data))
        self.enqueue_req(connection)

    def _refuse(self, connection: Connection, status: str) -> None:
        self._stop_waiting(connection)
        answer = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        connection.keep_alive = False
        connection.sock.unsent += answer.encode("ascii")
        self._send_rest(connection)

    def _say(self, connection: Connection, interim: bytes) -> None:
        connection.sock.unsent += interim
        try:
            connection.sock.flush()
        except OSError:
            self._close(connection)

    def _send_rest(self, connection: Connection) -> None:
        """Until all of the answer has left; then the connection is kept, or closed with care."""
        try:
            connection.sock.flush()
        except OSError:
            self._close(connection)
            return
        if connection.sock.unsent:
            if connection not in self._waiting:
                self._wait(connection, selectors.EVENT_WRITE, self._send_rest, ANSWER_S)
            return
        self._stop_waiting(connection)
        if connection.keep_alive:
            self._await_next_request(connection)
        else:
            self._linger(connection)

    def _await_next_request(self, connection: Connection) -> None:
        already_here = connection.parser.unreader.take_buffered()
        self._await_request(connection, self.cfg.keepalive)
        if already_here:
            self._take(connection, already_here)

    def _linger(self, connection: Connection) -> None:
        try:
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(connection)
            return
        self._wait(connection, selectors.EVENT_READ, self._discard, LINGER_S)

    def _discard(self, connection: Connection) -> None:
        if connection.sock.recv_now(PIECE_BYTES) == b"":
            self._close(connection)

    def _wait(
        self,
        connection: Connection,
        event: int,
        act: Callable[[Connection], None],
        patience_s: float,
    ) -> None:
        if not self.alive and not connection.sock.unsent:
            patience_s = min(patience_s, STOP_S)
        connection.deadline_s = time.monotonic() + patience_s
        self._waiting[connection] = None
        self.poller.register(connection.sock, event, partial(self._act_if_open, connection, act))

    def _act_if_open(
        self, connection: Connection, act: Callable[[Connection], None], _sock: object
    ) -> None:
        """One of the same turn may have been closed to make room for another."""
        if connection in self._waiting:
            act(connection)

    def _stop_waiting(self, connection: Connection) -> None:
        if connection in self._waiting:
            del self._waiting[connection]
            self.poller.unregister(connection.sock)

    def _close(self, connection: Connection) -> None:
        self._stop_waiting(connection)
        self.nr_conns -= 1
        connection.close()
