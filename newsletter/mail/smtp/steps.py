"""The steps of a conversation, and what is known about a connection.

A conversation is a generator. It yields a step and is sent the step's result, or ConversationBroken
is thrown into it. The owner of the socket does the steps; greeting.py and transaction.py alone
decide what is said and how to go on.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from newsletter.domain.delivery.outcomes import Outcome, RelayTrouble
from newsletter.domain.delivery.pipelining import Pipelining
from newsletter.domain.delivery.smtp_replies import Reply, Stage
from newsletter.mail.smtp.copies import Copy
from newsletter.mail.smtp.learner import Learner


# Not frozen: a step is made several times a message, and a frozen one takes twice as long.
@dataclass(slots=True)
class Send:
    """Write `data` without waiting until it is sent."""

    data: bytes


@dataclass(slots=True)
class Drain:
    """Wait until everything written is sent, at most the command timeout."""


@dataclass(slots=True)
class Receive:
    """Wait for one reply, at most the timeout of `stage`. The result is the Reply.

    `is_hurried`: only as long as a relay may need for commands that it has already received.
    """

    stage: Stage
    is_hurried: bool = False


@dataclass(slots=True)
class Listen:
    """A reply that arrived unasked, or None. Does not wait."""


@dataclass(slots=True)
class Idle:
    """Wait until there is work or the session is ending."""


@dataclass(frozen=True, slots=True)
class Encrypt:
    """Begin TLS. Breaks if the server sent anything after its reply to STARTTLS."""


# Made once: there are several of these a message.
RECEIVE = {stage: Receive(stage) for stage in Stage}
RECEIVE_SOON = {stage: Receive(stage, is_hurried=True) for stage in Stage}
LISTEN = Listen()

Step = Send | Drain | Receive | Listen | Idle | Encrypt
T = TypeVar("T")
Conversation = Generator[Step, Any, T]


class ConversationBroken(Exception):
    """The connection can no longer be used. The text says why, for people.

    `is_silence`: it is still open, but no reply came in time.
    """

    def __init__(self, why: str, *, is_silence: bool = False) -> None:
        super().__init__(why)
        self.is_silence = is_silence


class Refused(Exception):
    """The relay refused the connection, the encryption or the login."""

    def __init__(self, trouble: RelayTrouble) -> None:
        super().__init__(trouble.detail)
        self.trouble = trouble


class Work(Protocol):
    """Where a connection gets its copies and reports their outcomes."""

    def take(self) -> Copy | None:
        """The next copy; None if none waits now."""

    def give_back(self, copy: Copy) -> None:
        """The relay took nothing of `copy`: another connection may send it."""

    def done(self, copy: Copy, outcome: Outcome) -> None:
        """Reports the outcome of `copy`."""


@dataclass(slots=True)
class Session:
    """A connection after the greeting. `share` is how many messages it may still send."""

    extensions: dict[str, str] = field(default_factory=dict)
    share: int = 1_000_000
    is_usable: bool = True
    is_ending: bool = False
    """It has sent its share, reached its age, or is no longer needed."""
    needs_reset: bool = False
    is_fresh: bool = True
    has_delivered: bool = False
    learner: Learner = field(default_factory=lambda: Learner(Pipelining.FULL))
    may_pipeline: bool = field(init=False)
    size_limit: int = field(init=False)
    """In bytes; 0 if the server names none."""

    def __post_init__(self) -> None:
        self.may_pipeline = self.offers("PIPELINING")
        text = self.extensions.get("SIZE", "").strip()
        self.size_limit = int(text) if text.isdecimal() else 0

    def offers(self, extension: str) -> bool:
        return extension in self.extensions

    def level(self) -> Pipelining:
        """How far ahead of its reply the next command may be sent."""
        return self.learner.level_for(self) if self.may_pipeline else Pipelining.OFF

    def count_one(self) -> None:
        self.share -= 1
        self.is_ending = self.is_ending or self.share <= 0


def receive(stage: Stage) -> Conversation[Reply]:
    reply: Reply = yield RECEIVE[stage]
    return reply
