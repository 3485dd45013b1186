"""What the doctor says: one diagnosis for each thing that it looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Health(StrEnum):
    ERROR = "error"
    """Mail is refused, lands in spam, or can't be sent."""
    WARNING = "warning"
    """Mail goes out, but it is at risk, or will be."""
    UNKNOWN = "unknown"
    """It could not be looked at: nothing is claimed."""
    HINT = "hint"
    GOOD = "good"


_ORDER = {health: rank for rank, health in enumerate(Health)}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`found` is what was seen, `why` who cares, `mend` the exact record or command.

    `check` is the rule's name, for machines; `about` is a domain, an address or a part of ours.
    """

    health: Health
    check: str
    about: str
    found: str
    why: str = ""
    mend: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Diagnosis:
        return cls(**{**row, "health": Health(row["health"])})


def in_order(diagnoses: Iterable[Diagnosis]) -> tuple[Diagnosis, ...]:
    """What is worst comes first. Within one health, in the order found."""
    return tuple(sorted(diagnoses, key=lambda diagnosis: _ORDER[diagnosis.health]))


def is_sick(diagnoses: Iterable[Diagnosis]) -> bool:
    return any(diagnosis.health is Health.ERROR for diagnosis in diagnoses)


def good(check: str, about: str, found: str) -> Diagnosis:
    return Diagnosis(Health.GOOD, check, about, found)


def unknown(check: str, about: str, found: str, mend: str = "") -> Diagnosis:
    return Diagnosis(Health.UNKNOWN, check, about, found, mend=mend)
