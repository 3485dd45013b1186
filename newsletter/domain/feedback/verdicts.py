"""What comes back after a copy was accepted: the verdicts, and what says whose copy it was."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from newsletter.domain.feedback.inbound import storable_line


class FeedbackVerdict(StrEnum):
    """What a report, a complaint or an answer means for the reader."""

    HARD = "hard"
    """The address will never work."""
    SOFT = "soft"
    """This copy did not arrive; the next one may."""
    BLOCKED = "blocked"
    """The other side refuses us or our message: our trouble, never the reader's."""
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    DELAY = "delay"
    """Not delivered yet, still being tried."""
    AUTOMATIC = "automatic"
    """An answer by a machine: a vacation note, a challenge, a mailing list."""
    REPLY = "reply"
    """Written by a person."""
    DELIVERED = "delivered"
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        """On a badge."""
        return _WORDS[self]


_WORDS = {
    FeedbackVerdict.HARD: "dead address",
    FeedbackVerdict.SOFT: "passing bounce",
    FeedbackVerdict.BLOCKED: "blocked",
    FeedbackVerdict.COMPLAINT: "reported as spam",
    FeedbackVerdict.UNSUBSCRIBE: "asked to leave",
    FeedbackVerdict.DELAY: "delayed",
    FeedbackVerdict.AUTOMATIC: "automatic answer",
    FeedbackVerdict.REPLY: "reply",
    FeedbackVerdict.DELIVERED: "delivered",
    FeedbackVerdict.UNKNOWN: "not understood",
}


@dataclass(frozen=True, slots=True)
class Feedback:
    """What was said about one recipient. Texts are a stranger's, cut to a bounded length."""

    recipient: str
    """As the other side names it, "" when it names nobody: whose copy it was, `Clues` say."""
    verdict: FeedbackVerdict
    status: str = ""
    """The enhanced code [RFC 3463], such as "5.1.1"."""
    reply: str = ""
    """The three digits of the SMTP reply, such as "550"."""
    diagnostic: str = ""
    """The other side's words, on one line."""
    reason: str = ""
    """In our words, such as "unknown-user"."""
    rule: str = ""
    """The name of the rule that decided."""

    def made_harmless(self) -> Feedback:
        """As pages, mails and terminals can show it, and no longer than a database should keep."""
        return replace(
            self,
            recipient=storable_line(self.recipient, 320),
            status=storable_line(self.status, 20),
            reply=storable_line(self.reply, 20),
            diagnostic=storable_line(self.diagnostic),
            reason=storable_line(self.reason),
            rule=storable_line(self.rule, 100),
        )


@dataclass(frozen=True, slots=True)
class Clues:
    """What a message says about whose copy it is. A stranger may have typed all of it."""

    addressed_to: tuple[str, ...] = ()
    """Addresses that the message came to: of its envelope first, then of its own header."""
    return_paths: tuple[str, ...] = ()
    """Envelope senders that the returned message had."""
    message_ids: tuple[str, ...] = ()
    """Of the returned message, with angle brackets."""
    unsubscribe_urls: tuple[str, ...] = ()
    """From List-Unsubscribe of the returned message: https and mailto."""
    replied_to: tuple[str, ...] = ()
    """In-Reply-To and References of the message itself, with angle brackets."""
    reported: tuple[str, ...] = ()
    """The recipients that a report names."""
    writer: str = ""
    """The address in From."""
