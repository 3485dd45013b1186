"""How long to wait for a server [RFC 5321 4.5.3.2]."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from newsletter.config import Settings
from newsletter.domain.delivery.smtp_replies import Stage


@dataclass(frozen=True, slots=True)
class Timeouts:
    """`command` also limits each block of text. `idle`: how long an unused connection is kept.

    `pipelined`: after this, a relay has dropped the commands that were sent ahead of its replies.
    """

    connect: timedelta = timedelta(seconds=30)
    command: timedelta = timedelta(minutes=5)
    data: timedelta = timedelta(minutes=2)
    final: timedelta = timedelta(minutes=10)
    goodbye: timedelta = timedelta(seconds=2)
    idle: timedelta = timedelta(seconds=30)
    pipelined: timedelta = timedelta(seconds=10)

    _by_stage: dict[Stage, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        limits = dict.fromkeys(Stage, self.connect)
        # The greeting comes at CONNECT: a server may let strangers wait for it [4.5.3.2.1].
        patient = (Stage.CONNECT, Stage.AUTH, Stage.MAIL, Stage.RCPT)
        limits |= dict.fromkeys(patient, self.command)
        limits |= {Stage.DATA: self.data, Stage.DOT: self.final}
        in_seconds = {stage: limit.total_seconds() for stage, limit in limits.items()}
        object.__setattr__(self, "_by_stage", in_seconds)

    def of(self, stage: Stage, *, is_hurried: bool = False) -> float:
        """The timeout for the reply at `stage`, in seconds."""
        limit_s = self._by_stage[stage]
        return min(limit_s, self.pipelined.total_seconds()) if is_hurried else limit_s


def timeouts_from(settings: Settings) -> Timeouts:
    return Timeouts(
        connect=settings.smtp_connect_timeout,
        command=settings.smtp_command_timeout,
        data=settings.smtp_data_timeout,
        final=settings.smtp_final_timeout,
    )
