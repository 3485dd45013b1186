"""How many connections a worker process opens, said in its settings."""

from __future__ import annotations

from newsletter.config import Settings
from newsletter.domain.errors import Misconfigured
from newsletter.mail.relay import relay_from


def relay_url(
    port: int, connections: int, processes: int, host: str = "127.0.0.1", **parameters: float
) -> str:
    """The relay at `host`, `connections` in all shared among the processes."""
    bare = f"smtp://{host}:{port}"
    each = {"connections": max(1, connections // processes)} | parameters
    query = "&".join(f"{name}={value:g}" for name, value in each.items())
    return f"{bare}?{query}" if _takes_parameters() else bare


def threads_of(connections: int, processes: int) -> int:
    """Of a worker process."""
    return 2 if _takes_parameters() else max(1, connections // processes)


def _takes_parameters() -> bool:
    try:
        relay_from(Settings(smtp_url="smtp://127.0.0.1:25?connections=2"))
    except Misconfigured:
        return False
    return True
