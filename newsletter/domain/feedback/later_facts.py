"""What came back of the accepted copies of an issue, and when that is too much. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from newsletter.domain.feedback.verdicts import FeedbackVerdict
from newsletter.domain.sentences import as_sentence

_V = FeedbackVerdict
MOST_COMPLAINTS_PERCENT = 0.3
"""Gmail and Yahoo reject or junk the mail of senders above it."""
FEW_COMPLAINTS = 2
"""A single one is a person, not a share."""
TOLD_FROM_COPIES = 5
TOLD_FROM_PERCENT = 5


class LaterKind(StrEnum):
    """A filter of the copies of an issue by what came back."""

    HARD = "hard"
    SOFT = "soft"
    BLOCKED = "blocked"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    DELAY = "delay"
    ANSWER = "answer"
    DELIVERED = "delivered"

    @property
    def words(self) -> str:
        return _WORDS[self]

    @property
    def verdicts(self) -> tuple[FeedbackVerdict, ...]:
        return (_V.REPLY, _V.AUTOMATIC) if self is LaterKind.ANSWER else (_V(self.value),)


_WORDS = {
    LaterKind.HARD: "Bounced: the address is dead",
    LaterKind.SOFT: "Bounced: full or a passing fault",
    LaterKind.BLOCKED: "Bounced: blocked because of us",
    LaterKind.COMPLAINT: "Reported as spam",
    LaterKind.UNSUBSCRIBE: "Asked by email to leave",
    LaterKind.DELAY: "Delayed",
    LaterKind.ANSWER: "Answered",
    LaterKind.DELIVERED: "Reported as delivered",
}


@dataclass(frozen=True, slots=True)
class LaterFacts:
    """Copies. A bounced one counts once, by its most serious report; `soft` have not arrived since.

    The others may count under several: a person can answer and then complain.
    """

    hard: int = 0
    soft: int = 0
    blocked: int = 0
    complaint: int = 0
    unsubscribe: int = 0
    delay: int = 0
    answer: int = 0

    @property
    def bounced(self) -> int:
        return self.hard + self.soft + self.blocked

    def of(self, kind: LaterKind) -> int:
        return int(getattr(self, kind.value, 0))

    def complaint_percent(self, accepted: int) -> float:
        return 100 * self.complaint / accepted if accepted else 0.0

    def warning(self, accepted: int) -> str:
        """What to do about too many complaints; "" while there are few."""
        percent = self.complaint_percent(accepted)
        if self.complaint < FEW_COMPLAINTS or percent < MOST_COMPLAINTS_PERCENT:
            return ""
        return (
            f"{percent:.1f} % reported it as spam. From {MOST_COMPLAINTS_PERCENT} % on, Gmail and "
            "Yahoo junk or reject your mail. Check where these subscribers came from, and mail "
            "only people who asked for it."
        )


@dataclass(frozen=True, slots=True)
class DomainBounces:
    """Of one recipient domain: copies that came back, those accepted for it, the last words."""

    domain: str
    bounced: int
    accepted: int
    said: str

    @property
    def is_told(self) -> bool:
        return (
            self.bounced >= TOLD_FROM_COPIES
            and self.bounced * 100 >= self.accepted * TOLD_FROM_PERCENT
        )

    def __str__(self) -> str:
        percent = min(100, round(100 * self.bounced / max(self.accepted, 1)))
        return as_sentence(f"{percent} % of {self.domain} bounced back: {self.said}")
