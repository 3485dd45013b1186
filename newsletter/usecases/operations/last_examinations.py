"""What the doctor found when it last looked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.domain.checks.sender_rules import Ailments
from newsletter.domain.operations.diagnoses import Diagnosis, Health, is_sick
from newsletter.domain.staff.permissions import is_allowed, require, require_scope
from newsletter.domain.staff.principals import Principal
from newsletter.store.examinations import last_examination
from newsletter.store.models import ExaminationRow
from newsletter.store.newsletters import all_newsletters
from newsletter.usecases.context import Context

INSTALLATION = "This installation"


@dataclass(frozen=True, slots=True)
class Examination:
    """Of one newsletter's sender; of the installation if `slug` is ""."""

    slug: str
    name: str
    at: datetime
    diagnoses: tuple[Diagnosis, ...]

    @property
    def is_sick(self) -> bool:
        return is_sick(self.diagnoses)

    @property
    def errors(self) -> frozenset[tuple[str, str]]:
        """The checks that found one, and what each is about."""
        return frozenset(
            (one.check, one.about) for one in self.diagnoses if one.health is Health.ERROR
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "newsletter": self.slug or None,
            "at": self.at.isoformat(),
            "healthy": not self.is_sick,
            "diagnoses": [diagnosis.to_json() for diagnosis in self.diagnoses],
        }


def last_examinations(context: Context, principal: Principal) -> list[Examination]:
    """As far as there are any; the installation's first."""
    require(principal, "last_examinations")
    with context.database.read() as session:
        named = [("", INSTALLATION)]
        named += [(one.slug, one.name) for one in all_newsletters(session)]
        return _kept(session, named)


def doctor_alarms(context: Context, principal: Principal) -> list[Examination]:
    """Where something stops mail, for those who can see to it. In the sandbox nothing does."""
    require_scope(principal, "doctor_alarms")
    if context.settings.is_sandboxed or not is_allowed(principal, "last_examinations"):
        return []
    return [one for one in last_examinations(context, principal) if one.is_sick]


def known_ailments(session: Session, slug: str) -> Ailments | None:
    row = last_examination(session, slug)
    return Ailments(row.at, diagnoses_in(row)) if row else None


def known_errors(session: Session, slug: str) -> frozenset[tuple[str, str]]:
    return next((one.errors for one in _kept(session, [(slug, "")])), frozenset())


def diagnoses_in(row: ExaminationRow) -> tuple[Diagnosis, ...]:
    return tuple(Diagnosis.from_json(one) for one in row.diagnoses)


def _kept(session: Session, named: Iterable[tuple[str, str]]) -> list[Examination]:
    rows = [(slug, name, last_examination(session, slug)) for slug, name in named]
    return [
        Examination(slug, name, row.at, diagnoses_in(row))
        for slug, name, row in rows
        if row is not None
    ]
