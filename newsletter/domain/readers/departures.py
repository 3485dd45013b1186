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
    SUPPRESSED_FOR_ONE = "suppressed-for-one"
    """The same, for the newsletter `newsletter_id` alone."""
    ERASED = "erased"
    """`row_id` is a subscriber."""
    ERASED_FROM_ONE = "erased-from-one"
    """The same, from the newsletter `newsletter_id` alone."""

    @property
    def is_erasure(self) -> bool:
        return self in {DepartureKind.ERASED, DepartureKind.ERASED_FROM_ONE}

    @property
    def is_of_one(self) -> bool:
        return self in {DepartureKind.SUPPRESSED_FOR_ONE, DepartureKind.ERASED_FROM_ONE}


@dataclass(frozen=True, slots=True)
class Departure:
    """`address_hash` shows that the row is still that person: ids may differ after a restore."""

    kind: DepartureKind
    row_id: int
    at: datetime
    address_hash: str
    reason: str = ""
    newsletter_id: int | None = None

    def to_line(self) -> str:
        words = (self.at.isoformat(), self.kind.value, str(self.row_id), self.address_hash)
        newsletter = str(self.newsletter_id) if self.newsletter_id is not None else ""
        return " ".join(filter(None, (*words, newsletter, self.reason)))

    @classmethod
    def from_line(cls, line: str) -> Departure | None:
        """None for a line that was cut off, or that a later version wrote."""
        words = line.split(" ", 4)
        try:
            kind = DepartureKind(words[1])
            reason = words[4] if len(words) > 4 else ""
            newsletter, _, reason = reason.partition(" ") if kind.is_of_one else ("", "", reason)
            return cls(
                kind=kind,
                row_id=int(words[2]),
                at=datetime.fromisoformat(words[0]),
                address_hash=words[3],
                reason=reason,
                newsletter_id=int(newsletter) if kind.is_of_one else None,
            )
        except (IndexError, ValueError):
            return None
