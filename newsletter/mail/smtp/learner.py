"""What the connections to one relay learn about its pipelining, as they send mail.

Only one connection at a time tries a level that is not proven. The others go on below it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from newsletter.domain.delivery.pipelining import Learned, Pipelining
from newsletter.domain.delivery.smtp_replies import Stage

_ALWAYS = frozenset(Stage)
_BEHIND_DOT = frozenset({Stage.MAIL})
_NEVER: frozenset[Stage] = frozenset()
_FULL = Pipelining.FULL
"""Asked for with each message: looking it up there takes ten times as long."""
_NOT_OFFERED = "It does not offer PIPELINING."


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Learner:
    """One for each relay and process. Used by the courier's thread; any thread may read `learned`.

    With a `setting` nothing is learned: the operator knows the relay.
    """

    def __init__(
        self,
        setting: Pipelining | None = None,
        learned: Learned | None = None,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.learned = learned or Learned()
        self._setting = setting
        self._now = now
        self._on_trial_with: object | None = None

    def level_for(self, connection: object) -> Pipelining:
        """The level for the next message of `connection`, which may be the one on trial."""
        if self._setting is not None:
            return self._setting
        if self.learned.proven is _FULL:
            return _FULL
        if self._on_trial_with is not None and self._on_trial_with is not connection:
            return self.learned.level
        above = self.learned.next_to_try(self._now())
        if above is None:
            return self.learned.level
        self._on_trial_with = connection
        return above

    def is_on_trial(self, level: Pipelining) -> bool:
        return self._setting is None and level > self.learned.level

    def hurried_at(self, level: Pipelining) -> frozenset[Stage]:
        """The stages at which silence soon means that the relay dropped our commands.

        At a proven level only right behind the dot: at RCPT the relay may be looking up a domain.
        """
        if self._setting is not None:
            return _NEVER
        if level is not self.learned.proven and self.is_on_trial(level):
            return _ALWAYS
        return _BEHIND_DOT if level is _FULL else _NEVER

    def succeeded(self, connection: object, level: Pipelining) -> None:
        if level is self.learned.proven or self._setting is not None:
            return
        if self.is_on_trial(level) and self._on_trial_with is not connection:
            return  # begun before another connection took the step back
        self.learned = self.learned.after_success(level)
        self.leave(connection)

    def refused(self, connection: object, level: Pipelining, reason: str) -> bool:
        """Takes one step back. False if there is none: the level was set, or is the lowest."""
        if self._setting is not None or level is Pipelining.OFF:
            return False
        self.learned = self.learned.after_refusal(level, reason, self._now())
        self.leave(connection)
        return True

    def not_offered(self) -> None:
        if self._setting is None and self.learned.level is Pipelining.OFF:
            self.learned = Learned(Pipelining.OFF, reason=_NOT_OFFERED)

    def leave(self, connection: object) -> None:
        """Call it when `connection` sends nothing for now: another one may try."""
        if self._on_trial_with is connection:
            self._on_trial_with = None
