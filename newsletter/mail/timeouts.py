"""How long to wait for a server [RFC 5321 4.5.3.2]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from newsletter.config import Settings
from newsletter.domain.smtp_replies import Stage


@dataclass(frozen=True, slots=True)
class Timeouts:
    """`command` also limits each block of text, `idle` how long a connection is kept unused."""

    connect: timedelta = timedelta(seconds=30)
    command: timedelta = timedelta(minutes=5)
    data: timedelta = timedelta(minutes=2)
    final: timedelta = timedelta(minutes=10)
    goodbye: timedelta = timedelta(seconds=2)
    idle: timedelta = timedelta(seconds=30)

    def of(self, stage: Stage) -> float:
        """In seconds."""
        if stage in (Stage.AUTH, Stage.MAIL, Stage.RCPT):
            return self.command.total_seconds()
        if stage is Stage.DATA:
            return self.data.total_seconds()
        if stage is Stage.DOT:
            return self.final.total_seconds()
        return self.connect.total_seconds()


def timeouts_from(settings: Settings) -> Timeouts:
    return Timeouts(
        connect=settings.smtp_connect_timeout,
        command=settings.smtp_command_timeout,
        data=settings.smtp_data_timeout,
        final=settings.smtp_final_timeout,
    )
