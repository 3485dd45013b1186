"""A canary: a few readers get an issue first. Bounces among them stop it for the others."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from newsletter.domain.delivery.smtp_replies import Reply, Stage, judge

LEAST_AUDIENCE = 100
"""With fewer readers there is no canary: it would be most of them, or too few to judge by."""
LEAST_READERS = 10


class CanaryVerdict(StrEnum):
    """What became of all others, kept with the edition."""

    PASSED = "passed"
    STOPPED = "stopped"
    OVERRIDDEN = "overridden"
    """It was stopped, and an editor resumed it."""


@dataclass(frozen=True, slots=True)
class CanaryResult:
    """`bad` of `attempted` copies came back as hard bounces or blocks."""

    attempted: int
    bad: int
    threshold_percent: int

    @property
    def is_good(self) -> bool:
        return self.bad * 100 < self.attempted * self.threshold_percent or not self.bad

    def __str__(self) -> str:
        share = 100 * self.bad / max(self.attempted, 1)
        return (
            f"{self.bad} of the first {self.attempted} copies bounced (unknown address or block): "
            f"{share:.1f}%. The newsletter pauses at {self.threshold_percent}%."
        )


def canary_readers(audience: int, percent: int) -> int:
    """How many readers get the issue first; 0 for no canary."""
    if percent <= 0 or audience < LEAST_AUDIENCE:
        return 0
    return min(max(audience * percent // 100, LEAST_READERS), audience)


def is_bad_sign(stage: str, reply: Reply | None) -> bool:
    """Whether a copy failed because the address does not exist or its domain blocks us.

    `stage` is "" and `reply` None for a copy that failed without a reply.
    """
    if reply is None or not stage:
        return False
    verdict = judge(Stage(stage), reply)
    return verdict.suppresses or verdict.is_block
