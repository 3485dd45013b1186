"""Who has an issue open, and where in it they are. In Redis, and forgotten within seconds."""

from __future__ import annotations

import json
from dataclasses import dataclass

from redis.exceptions import RedisError

from newsletter.spool.redis_connections import QuickRedis, connect

LASTS_S = 20
"""After the last word of a page that is open."""
MOST = 50
"""Pages that have one issue open."""


@dataclass(frozen=True, slots=True)
class Here:
    """An editor at a page. `tab` is the page's own name, `at` the thing where the cursor is."""

    tab: str
    editor_id: int
    name: str
    at: str


class Presence:
    """Opens nothing until it is used. Without Redis nobody is seen, and nobody waits."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._redis: QuickRedis | None = None

    def meet(self, issue_id: int, here: Here, now_s: float) -> tuple[Here, ...]:
        """Says that `here` is there; the others who are."""
        if not self._redis_url:
            return ()
        try:
            return self._meet(f"newsletter:presence:{issue_id}", here, now_s)
        except RedisError:
            return ()

    def _meet(self, key: str, here: Here, now_s: float) -> tuple[Here, ...]:
        self._redis = self._redis or connect(self._redis_url)
        said = json.dumps([here.editor_id, here.name, here.at, now_s])
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(key, here.tab, said)
            pipe.expire(key, LASTS_S * 3)
            pipe.hgetall(key)
            kept = pipe.execute()[2]
        seen = {tab.decode(): json.loads(words) for tab, words in kept.items()}
        old = [tab for tab, words in seen.items() if now_s - words[3] > LASTS_S]
        if old or len(seen) > MOST:
            self._redis.hdel(key, *(old or seen))
        return tuple(
            Here(tab, words[0], words[1], words[2])
            for tab, words in sorted(seen.items())
            if tab != here.tab and tab not in old
        )
