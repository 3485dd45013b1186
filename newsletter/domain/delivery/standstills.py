"""What stands still, and why, in words for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    DATABASE = "database"
    REDIS = "redis"
    TICKER = "ticker"
    WORKER = "worker"
    RELAY = "relay"
    MAILBOX = "mailbox"


@dataclass(frozen=True, slots=True)
class Standstill:
    """`reason` is one or more sentences: what is wrong, what it stops, and what to do.

    `detail`, what others said, may name hosts and people: it is for editors and the log alone.
    """

    part: Part
    reason: str
    detail: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether a process or service of this installation fails, rather than others' servers."""
        return self.part not in {Part.RELAY, Part.MAILBOX}


def reasons_of(standstills: Iterable[Standstill]) -> str:
    return " ".join(standstill.reason for standstill in standstills)
