"""What the ticker does about clicks. Nothing else waits for it."""

from __future__ import annotations

import threading
import time

from redis.exceptions import RedisError

from newsletter import telemetry
from newsletter.spool.clicks import ClickQueue
from newsletter.usecases.clicks.count_clicks import (
    forget_clicks,
    forget_clients,
    judge_clicks,
    store_clicks,
)
from newsletter.usecases.clicks.keep_figures import keep_figures
from newsletter.usecases.context import Context

JUDGE_EVERY_S = 20.0
REDIS_AGAIN_AFTER_S = 30.0


class ClickKeeper:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._queue = ClickQueue(context.settings.redis_url) if context.settings.redis_url else None
        self._next_try_s = 0.0
        self._next_judging_s = 0.0
        self._counting: threading.Thread | None = None
        self._is_count_wanted = threading.Event()

    def beat(self) -> None:
        now_s = time.monotonic()
        if self._queue and now_s >= self._next_try_s:
            try:
                store_clicks(self._context, self._queue)
            except RedisError:  # they wait in the web processes
                self._next_try_s = now_s + REDIS_AGAIN_AFTER_S
        if now_s >= self._next_judging_s:
            self._next_judging_s = now_s + JUDGE_EVERY_S
            judge_clicks(self._context)
            forget_clients(self._context)

    def clean_up(self) -> None:
        forget_clicks(self._context)
        self.count_figures()

    def count_figures(self) -> None:
        """A million readers take seconds to count, so that is done in a thread."""
        self._is_count_wanted.set()
        if self._counting is None or not self._counting.is_alive():
            self._counting = threading.Thread(target=self._count, name="figures", daemon=True)
            self._counting.start()

    def _count(self) -> None:
        """Again, when an issue ended meanwhile."""
        while self._is_count_wanted.is_set():
            self._is_count_wanted.clear()
            with telemetry.wide_event("figures"):
                keep_figures(self._context)
