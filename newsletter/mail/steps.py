"""What a conversation asks of whoever owns the socket, and what is known of a connection.

Conversations are generators: they yield the step that they want done and are sent its result, or
have ConversationBroken thrown into them. A thread or an event loop does the steps; what is said,
and what an answer means, is decided in greeting.py and transaction.py alone.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TypeVar, cast

from newsletter.domain.deliveries import RelayTrouble
from newsletter.domain.smtp_replies import Reply, Stage


@dataclass(frozen=True, slots=True)
class Send:
    """Write all of it."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Receive:
    """Wait for one reply, as long as this stage may take. Its result is the Reply."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class Listen:
    """A reply that came unasked, if there is one by now, else None. Does not wait."""


@dataclass(frozen=True, slots=True)
class Encrypt:
    """Put TLS on the connection; refuse if the server said more than its answer before that."""


Step = Send | Receive | Listen | Encrypt
T = TypeVar("T")
Conversation = Generator[Step, Reply | None, T]


class ConversationBroken(Exception):
    """The connection is of no use any more; the text says why, in words for people."""


class Refused(Exception):
    """The relay let us not even begin."""

    def __init__(self, trouble: RelayTrouble) -> None:
        super().__init__(trouble.detail)
        self.trouble = trouble


class Stale(Exception):
    """A kept connection turned out to be gone before anything of this transaction was taken."""


@dataclass(slots=True)
class Session:
    """What is known of a connection that has been greeted."""

    extensions: dict[str, str] = field(default_factory=dict)
    is_usable: bool = True
    needs_reset: bool = False
    is_fresh: bool = True

    def offers(self, extension: str) -> bool:
        return extension in self.extensions

    @property
    def size_limit(self) -> int:
        """In bytes; 0 when the server names none."""
        text = self.extensions.get("SIZE", "").strip()
        return int(text) if text.isdecimal() else 0


def receive(stage: Stage) -> Conversation[Reply]:
    return cast("Reply", (yield Receive(stage)))
