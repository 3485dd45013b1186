"""Departures: who left, was suppressed or was erased, as kept beside the database.

A restored backup does not know of those who left since it was made. These lines do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DepartureKind(StrEnum):
    LEFT = "left"
    """`row_id` is a subscription."""
    SUPPRESSED = "suppressed"
    """`row_id` is a subscriber; `reason` is a SuppressionReason."""
    ERASED = "erased"
    """`row_id` is a subscriber."""


@dataclass(frozen=True, slots=True)
class Departure:
    """`address_hash` shows that the row is still that person: ids may differ after a restore."""

    kind: DepartureKind
    row_id: int
    at: datetime
    address_hash: str
    reason: str = ""

    def to_line(self) -> str:
        words = (self.at.isoformat(), self.kind.value, str(self.row_id), self.address_hash)
        return " ".join(filter(None, (*words, self.reason)))

    @classmethod
    def from_line(cls, line: str) -> Departure | None:
        """None for a line that was cut off, or that a later version wrote."""
        words = line.split(" ", 4)
        try:
            return cls(
                kind=DepartureKind(words[1]),
                row_id=int(words[2]),
                at=datetime.fromisoformat(words[0]),
                address_hash=words[3],
                reason=words[4] if len(words) > 4 else "",
            )
        except (IndexError, ValueError):
            return None
