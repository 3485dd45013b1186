"""Writes what stands still to the log: when it begins, every minute while it lasts, and its end."""

from __future__ import annotations

import time

from newsletter import telemetry
from newsletter.domain.delivery.standstills import Part, Standstill
from newsletter.usecases.context import Context
from newsletter.usecases.operations.standstills import standstills

CHECK_EVERY_S = 5.0
LOG_AGAIN_AFTER_S = 60.0


class StandstillLog:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._check_at_s = 0.0
        self._log_again_at_s: dict[Part, float] = {}

    def check(self) -> None:
        """Call it often: it looks every few seconds."""
        if time.monotonic() < self._check_at_s:
            return
        self._check_at_s = time.monotonic() + CHECK_EVERY_S
        found = standstills(self._context)
        for standstill in found:
            self._log(standstill)
        for part in set(self._log_again_at_s) - {standstill.part for standstill in found}:
            del self._log_again_at_s[part]
            with telemetry.wide_event("standstill over", part=part):
                pass

    def _log(self, standstill: Standstill) -> None:
        if time.monotonic() < self._log_again_at_s.get(standstill.part, 0.0):
            return
        self._log_again_at_s[standstill.part] = time.monotonic() + LOG_AGAIN_AFTER_S
        with telemetry.wide_event("standstill", part=standstill.part) as event:
            event.add(reason=standstill.reason, detail=standstill.detail[:300])
