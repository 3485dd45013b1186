"""What a conversation asks of whoever owns the socket, and what is known of a connection.

Conversations are generators: they yield the step that they want done and are sent its result, or
have ConversationBroken thrown into them. A thread or an event loop does the steps; what is said,
and what an answer means, is decided in greeting.py and transaction.py alone.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, cast

from newsletter.domain.outcomes import Outcome, RelayTrouble
from newsletter.domain.smtp_replies import Reply, Stage
from newsletter.mail.smtp.copies import Copy


# Not frozen: a step is made several times a message, and a frozen one takes twice as long.
@dataclass(slots=True)
class Send:
    """Write all of it, without waiting until it is on its way."""

    data: bytes


@dataclass(slots=True)
class Drain:
    """Wait until what was written is out of our hands, as long as a block may take."""


@dataclass(slots=True)
class Receive:
    """Wait for one reply, as long as this stage may take. Its result is the Reply."""

    stage: Stage


@dataclass(slots=True)
class Listen:
    """A reply that came unasked, if there is one by now, else None. Does not wait."""


@dataclass(slots=True)
class Idle:
    """Nothing to say: wait until there is work, or the session is ending."""


@dataclass(frozen=True, slots=True)
class Encrypt:
    """Put TLS on the connection; refuse if the server said more than its answer before that."""


# Made once: there are several of these a message.
RECEIVE = {stage: Receive(stage) for stage in Stage}
LISTEN = Listen()

Step = Send | Drain | Receive | Listen | Idle | Encrypt
T = TypeVar("T")
Conversation = Generator[Step, Reply | None, T]


class ConversationBroken(Exception):
    """The connection is of no use any more; the text says why, in words for people."""


class Refused(Exception):
    """The relay let us not even begin."""

    def __init__(self, trouble: RelayTrouble) -> None:
        super().__init__(trouble.detail)
        self.trouble = trouble


class Work(Protocol):
    """Where a connection gets its copies."""

    def take(self) -> Copy | None:
        """The next one; None when there is none now."""

    def give_back(self, copy: Copy) -> None:
        """Nothing of it was taken: for another connection."""

    def done(self, copy: Copy, outcome: Outcome) -> None:
        """What became of it."""


@dataclass(slots=True)
class Session:
    """What is known of a connection that has been greeted. `share` is in messages."""

    extensions: dict[str, str] = field(default_factory=dict)
    share: int = 1_000_000
    is_usable: bool = True
    is_ending: bool = False
    """It has had its share of messages or of time, or nobody wants it any more."""
    needs_reset: bool = False
    is_fresh: bool = True
    is_pipelined: bool = field(init=False)
    size_limit: int = field(init=False)
    """In bytes; 0 when the server names none."""

    def __post_init__(self) -> None:
        self.is_pipelined = self.offers("PIPELINING")
        text = self.extensions.get("SIZE", "").strip()
        self.size_limit = int(text) if text.isdecimal() else 0

    def offers(self, extension: str) -> bool:
        return extension in self.extensions

    def count_one(self) -> None:
        self.share -= 1
        self.is_ending = self.is_ending or self.share <= 0


def receive(stage: Stage) -> Conversation[Reply]:
    return cast("Reply", (yield RECEIVE[stage]))
