"""How far ahead of a relay's replies we may send commands, and what its answers teach us.

RFC 2920 lets a client send the next transaction's commands right behind the final dot. Some servers
offer PIPELINING and then refuse or drop those commands. So each relay begins one step at a time,
and each further level is tried with one message before it is used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from newsletter.domain.delivery.smtp_replies import Reply, Stage

TRY_AGAIN_AFTER = timedelta(days=1)
"""A level that a relay did not take is tried again then: the relay may have been updated."""

_ABOUT_ORDER = re.compile(
    r"pipelin|synchroni[sz]|bad sequence|out of (sequence|order)", re.IGNORECASE
)


class Pipelining(IntEnum):
    OFF = 0
    """Each command waits for the reply to the one before."""
    COMMANDS = 1
    """MAIL, RCPT and DATA are sent together."""
    FULL = 2
    """Also right behind the final dot of the message before."""

    @property
    def word(self) -> str:
        """As in SMTP_URL and in the database."""
        return self.name.lower()


BY_WORD = {level.word: level for level in Pipelining}


@dataclass(frozen=True, slots=True)
class Learned:
    """`proven` is the highest level that the relay answered in full; None: nothing is known yet.

    `refused` is the lowest level that it did not take, `reason` says how, for people.
    """

    proven: Pipelining | None = None
    refused: Pipelining | None = None
    refused_at: datetime | None = None
    reason: str = ""

    @property
    def level(self) -> Pipelining:
        return self.proven or Pipelining.OFF

    def next_to_try(self, now: datetime) -> Pipelining | None:
        """The level above the proven one, unless it was refused lately."""
        if self.proven is None or self.proven is Pipelining.FULL:
            return None
        above = Pipelining(self.proven + 1)
        return None if self._is_refused(above, now) else above

    def after_success(self, level: Pipelining) -> Learned:
        if self.proven is not None and level <= self.proven:
            return self
        if self.refused is not None and level < self.refused:
            return Learned(level, self.refused, self.refused_at, self.reason)
        return Learned(level)

    def after_refusal(self, level: Pipelining, reason: str, now: datetime) -> Learned:
        """One step back from `level`, which is above OFF."""
        below = Pipelining(level - 1)
        proven = below if self.proven is None else min(self.proven, below)
        if self.refused is not None and self.refused < level and self._is_refused(level, now):
            return Learned(proven, self.refused, self.refused_at, self.reason)
        return Learned(proven, level, now, reason)

    def _is_refused(self, level: Pipelining, now: datetime) -> bool:
        if self.refused is None or self.refused_at is None or level < self.refused:
            return False
        return self.refused_at <= now < self.refused_at + TRY_AGAIN_AFTER


def is_about_order(reply: Reply, stage: Stage, level: Pipelining, *, on_trial: bool) -> bool:
    """Whether `reply` refuses the order in which commands came, rather than what they ask for.

    On trial more counts, because the message is sent again at the level below, and its reply there
    is judged: also a plain 554, any permanent refusal of MAIL, a 421 right behind the dot, and a
    success out of place, which at the dot it never is.
    """
    if reply.code == 503 or (reply.code >= 400 and _ABOUT_ORDER.search(reply.text)):
        return True
    if not on_trial:
        return False
    is_plain_554 = reply.code == 554 and (not reply.enhanced or reply.enhanced.startswith("5.5."))
    if stage is Stage.DOT:
        return is_plain_554
    hangs_up = reply.hangs_up and level is Pipelining.FULL
    refuses_mail = stage is Stage.MAIL and reply.code >= 500
    return is_plain_554 or hangs_up or refuses_mail or reply.code < 400
