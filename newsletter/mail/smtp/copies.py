"""The copies that a connection sends, and the source that it gets them from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from newsletter.domain.delivery.outcomes import Outcome, RelayTrouble
from newsletter.mail.envelope import Envelope


@dataclass(slots=True, eq=False)
class Copy:
    """A complete, signed message with CRLF line ends, and its envelope.

    `key` is for the source alone. `is_clean`: the message has no bare CR or LF and no line that
    begins with a dot, so that not every copy has to be searched for them.
    """

    envelope: Envelope
    message: bytes
    source: CopySource
    key: Any = None
    is_clean: bool = False


class CopySource(Protocol):
    """Gives out copies and receives their outcomes.

    Only the courier's thread calls these methods. None may raise or block.
    """

    @property
    def waiting(self) -> int:
        """How many copies are left to take."""

    def take(self) -> Copy | None:
        """The next copy; None when none is left."""

    def may_finish(self, copy: Copy) -> bool:
        """Called right before the text and the final dot are sent. False withholds the copy."""

    def before_dot(self, copy: Copy) -> bool:
        """Called after `may_finish`, to record that the dot is sent. False withholds the copy."""

    def resumes(self, copy: Copy) -> bool:
        """Called when the relay took nothing of the copy. True sends it again, False drops it."""

    def done(self, copy: Copy, outcome: Outcome) -> None:
        """Called once for each copy that was taken, unless it was dropped by `resumes`."""

    def refuse(self, trouble: RelayTrouble) -> None:
        """Called when the relay can't be reached: no further copy will be taken."""
