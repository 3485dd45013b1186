"""Tells administrators by email what is newly wrong and what is mended. Each goes out once.

The home page shows errors at any time.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from newsletter.domain.operations.diagnoses import Diagnosis, Health
from newsletter.domain.outbox import OutboxKind
from newsletter.store.examinations import all_examinations
from newsletter.store.models import ExaminationRow
from newsletter.store.newsletters import all_newsletters
from newsletter.store.outbox import add_to_outbox
from newsletter.store.staff import administrators
from newsletter.usecases.context import Context
from newsletter.usecases.operations.last_examinations import diagnoses_in


def tell_faults(context: Context) -> tuple[int, ...]:
    """After the doctor has looked. Returns the outbox rows that it added.

    While no relay takes mail, nothing is mailed: that is left to the home page.
    """
    with context.database.write() as session:
        rows = all_examinations(session)
        if not _can_mail(session, rows):
            return ()
        new: list[list[str]] = []
        mended: list[list[str]] = []
        for row in rows:
            known = {(one["check"], one["about"]) for one in row.told}
            found, gone = _change(diagnoses_in(row), known)
            new += [[row.slug, *fault] for fault in sorted(found)]
            mended += [[row.slug, *fault] for fault in sorted(gone)]
            row.told = [
                {"check": check, "about": about} for check, about in sorted((known | found) - gone)
            ]
        if not new and not mended:
            return ()
        return _mail(context, session, {"new": new, "mended": mended})


def _change(
    diagnoses: tuple[Diagnosis, ...], known: set[tuple[str, str]]
) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """What is new, and what is mended. A check that got no answer has mended nothing."""
    errors = {(one.check, one.about) for one in diagnoses if one.health is Health.ERROR}
    unanswered = {one.check for one in diagnoses if one.health is Health.UNKNOWN}
    gone = {fault for fault in known - errors if fault[0] not in unanswered}
    return errors - known, gone


def _can_mail(session: Session, rows: list[ExaminationRow]) -> bool:
    relays = [one for row in rows for one in diagnoses_in(row) if one.check == "relay"]
    is_any_up = not relays or any(one.health is not Health.ERROR for one in relays)
    return is_any_up and any(one.sender_address for one in all_newsletters(session))


def _mail(
    context: Context, session: Session, change: dict[str, list[list[str]]]
) -> tuple[int, ...]:
    now = context.now()
    expires_at = now + context.settings.outbox_expiry
    return tuple(
        add_to_outbox(
            session,
            OutboxKind.DOCTOR,
            now=now,
            expires_at=expires_at,
            user_id=user.id,
            payload=change,
        )
        for user in administrators(session)
    )
