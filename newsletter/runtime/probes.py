"""Checks whether processes answer yet. Bare sockets, because clients need much memory."""

from __future__ import annotations

import socket

TIMEOUT_S = 2.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), TIMEOUT_S).close()
    except OSError:
        return False
    return True


def is_healthy(host: str, port: int, name: str) -> bool:
    """Whether the web process serves pages. `name` is the Host header."""
    question = f"GET /healthz HTTP/1.0\r\nHost: {name}\r\n\r\n"
    try:
        with socket.create_connection((host, port), TIMEOUT_S) as web:
            web.sendall(question.encode())
            version, status, *_ = web.makefile("rb").readline().split()
    except (OSError, ValueError):
        return False
    return version.startswith(b"HTTP/") and status == b"200"


def is_redis_ready(path: str) -> bool:
    """Whether Redis answers on the unix socket at `path`; False while it loads its data."""
    with socket.socket(socket.AF_UNIX) as redis:
        redis.settimeout(TIMEOUT_S)
        try:
            redis.connect(path)
            redis.sendall(b"PING\r\n")
            return redis.recv(64).startswith(b"+PONG")
        except OSError:
            return False
