"""How many connections a worker process opens, said in its settings."""

from __future__ import annotations

from math import ceil

WORKER_THREADS = 2
"""Of a process: while one waits for the database, the courier has the window of the other."""


def relay_url(
    port: int, connections: int, processes: int, host: str = "127.0.0.1", **parameters: float
) -> str:
    """The relay at `host`, `connections` in all shared among the processes."""
    each = {"connections": max(1, connections // processes)} | parameters
    query = "&".join(f"{name}={ceil(value)}" for name, value in each.items())
    return f"smtp://{host}:{port}?{query}"
