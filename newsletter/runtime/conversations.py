"""What the SMTP servers of ours have in common: open conversations, and the answer to EHLO."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Session


class Conversations:
    """Those that are open."""

    def __init__(self) -> None:
        self._open: WeakSet[SMTP] = WeakSet()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, conversation: SMTP) -> None:
        self._open.add(conversation)

    def discard(self, conversation: SMTP) -> None:
        self._open.discard(conversation)

    def hang_up(self) -> None:
        for conversation in list(self._open):
            if conversation.transport is not None:
                conversation.transport.close()


def answer_to_hello(
    session: Session, hostname: str, responses: Sequence[str], *extensions: str
) -> list[str]:
    """For the hook handle_EHLO. The last of `responses` ends the reply."""
    session.host_name = hostname
    return [*responses[:-1], *(f"250-{one}" for one in extensions), responses[-1]]
