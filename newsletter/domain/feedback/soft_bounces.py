"""When an address that keeps bouncing gets no more mail: the rule that an editor sets. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.delivery.smtp_replies import Cause, Reply, Stage, judge
from newsletter.domain.feedback.verdicts import FeedbackVerdict

SETTLED_AFTER = timedelta(days=5)
"""A mail server gives up by then [RFC 5321 4.5.4.1]: a copy without a report has arrived."""
LOOK_BACK = 400
"""So many issues decide at most: a daily newsletter's, over a year."""
NOT_TAKEN = frozenset({DeliveryState.FAILED, DeliveryState.EXPIRED})


@dataclass(frozen=True, slots=True)
class SoftRule:
    """`issues` in a row that bounced, sent over at least `days`."""

    issues: int = 3
    days: int = 14

    def __str__(self) -> str:
        return f"{self.issues} issues in a row over at least {self.days} days"


class CopyResult(StrEnum):
    ARRIVED = "arrived"
    CAME_BACK = "came back"
    UNKNOWN = "unknown"
    """Not settled yet, or our own trouble: it neither counts nor starts the count again."""


@dataclass(frozen=True, slots=True)
class CopySent:
    """A copy, as the ledger has it. `said` has when each verdict was last heard of it."""

    sent_at: datetime
    state: DeliveryState
    state_at: datetime
    stage: str = ""
    reply: Reply | None = None
    said: Mapping[FeedbackVerdict, datetime] | None = None

    def result(self, now: datetime) -> CopyResult:
        heard = self.said or {}
        soft, delivered = heard.get(_V.SOFT), heard.get(_V.DELIVERED)
        if soft and (delivered is None or delivered <= soft):
            return CopyResult.CAME_BACK
        if delivered or _ANSWERS & heard.keys():
            return CopyResult.ARRIVED
        if heard.keys() & {_V.HARD, _V.BLOCKED, _V.DELAY}:
            return CopyResult.UNKNOWN
        if self.state is DeliveryState.ACCEPTED and now - self.state_at > SETTLED_AFTER:
            return CopyResult.ARRIVED
        return CopyResult.CAME_BACK if self._is_refused else CopyResult.UNKNOWN

    @property
    def _is_refused(self) -> bool:
        """By the reader's server while we sent, for this reader alone."""
        if self.state not in NOT_TAKEN or self.reply is None or not self.stage:
            return False
        return judge(Stage(self.stage), self.reply).cause is Cause.READER


_V = FeedbackVerdict
_ANSWERS = frozenset({_V.REPLY, _V.AUTOMATIC, _V.COMPLAINT, _V.UNSUBSCRIBE})
"""Someone, or their mailbox, has seen it."""


def bounced_in_a_row(copies: Sequence[CopySent], now: datetime) -> list[CopySent]:
    """The newest first, as `copies` are."""
    run: list[CopySent] = []
    for copy in copies:
        result = copy.result(now)
        if result is CopyResult.ARRIVED:
            break
        if result is CopyResult.CAME_BACK:
            run.append(copy)
    return run


def is_dead(rule: SoftRule, run: Sequence[CopySent]) -> bool:
    """`run` is of `bounced_in_a_row`. Days are those of the calendar: an issue of Monday at nine is
    sometimes sent a second earlier than the one before.
    """
    if len(run) < rule.issues:
        return False
    return (run[0].sent_at.date() - run[-1].sent_at.date()).days >= rule.days
