"""What a connection hands over, and whom it reports to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from newsletter.domain.outcomes import Outcome, RelayTrouble
from newsletter.mail.envelope import Envelope


@dataclass(slots=True, eq=False)
class Copy:
    """A complete message with CRLF line ends, signed, and its way; `key` is its source's own.

    `is_clean`: it was made of pieces that hold neither a bare CR or LF nor a line that begins with
    a dot, so that nobody has to look for them in every copy.
    """

    envelope: Envelope
    message: bytes
    source: CopySource
    key: Any = None
    is_clean: bool = False


class CopySource(Protocol):
    """Gives out copies and hears what became of each. All of it is called by the courier's thread.

    None of these may raise, or wait for anything.
    """

    @property
    def waiting(self) -> int:
        """How many it has still to give out."""

    def take(self) -> Copy | None:
        """The next one; None when there is none any more."""

    def may_finish(self, copy: Copy) -> bool:
        """Asked right before the text and its final dot go out: False withholds it."""

    def before_dot(self, copy: Copy) -> bool:
        """The last moment: what has to be written down before the dot. False withholds it."""

    def resumes(self, copy: Copy) -> bool:
        """It came back with nothing of it taken: True sends it again, False drops it, withheld."""

    def done(self, copy: Copy, outcome: Outcome) -> None:
        """Once for each copy that was taken, but for one that was dropped."""

    def refuse(self, trouble: RelayTrouble) -> None:
        """The relay can't be reached: nothing will be taken from here any more."""
