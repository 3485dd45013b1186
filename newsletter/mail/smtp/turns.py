"""When the next message may begin, so that a limit holds in each second and not on average."""

from __future__ import annotations

from collections import deque

SECOND_S = 1.05
"""A second and what messages may take longer or shorter on their way."""


class Turns:
    """At most `per_second` messages begin in any second; 0 means no limit."""

    def __init__(self, per_second: int) -> None:
        self._begun_s: deque[float] = deque(maxlen=per_second)

    @property
    def are_limited(self) -> bool:
        return self._begun_s.maxlen != 0

    def wait_s(self, now_s: float) -> float:
        """0.0 when one may begin now."""
        if not self._begun_s or len(self._begun_s) < (self._begun_s.maxlen or 0):
            return 0.0
        return max(0.0, self._begun_s[0] + SECOND_S - now_s)

    def count(self, now_s: float) -> None:
        self._begun_s.append(now_s)
