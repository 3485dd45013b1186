"""What editors sign in with beside their password: finds, spends and removes it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from newsletter.store.leases import changed_rows
from newsletter.store.models import (
    AppSecret,
    Newsletter,
    NewsletterRole,
    Passkey,
    RecoveryCode,
    User,
    UserSession,
)


def app_of(session: Session, user_id: int, *, lock: bool = False) -> AppSecret | None:
    """`lock` makes others who try a code of it wait."""
    wanted = select(AppSecret).where(AppSecret.user_id == user_id)
    return session.scalar(wanted.with_for_update() if lock else wanted)


def sealed_apps(session: Session) -> list[tuple[int, str]]:
    """All of them: (user id, the sealed secret)."""
    return [
        (user_id, sealed)
        for user_id, sealed in session.execute(select(AppSecret.user_id, AppSecret.sealed))
    ]


def has_second_factor(session: Session, user_id: int) -> bool:
    return bool(have_second_factor(session, [user_id]))


def have_second_factor(session: Session, user_ids: Iterable[int]) -> frozenset[int]:
    """Which of them."""
    wanted = list(user_ids)
    apps = select(AppSecret.user_id).where(AppSecret.user_id.in_(wanted))
    return frozenset(
        session.scalars(apps.union(select(Passkey.user_id).where(Passkey.user_id.in_(wanted))))
    )


def closed_without_factor(session: Session, user: User) -> frozenset[int]:
    """The newsletters that they may not open before they have a second factor."""
    found = frozenset(newsletters_requiring_factor(session, user))
    return found if found and not has_second_factor(session, user.id) else frozenset()


def newsletters_requiring_factor(session: Session, user: User) -> dict[int, str]:
    """Of those that they could open, by id with their names. An administrator can open all."""
    wanted = select(Newsletter.id, Newsletter.name).where(
        Newsletter.second_factor_since.is_not(None)
    )
    if user.administrator_since is None:
        roles = NewsletterRole.newsletter_id == Newsletter.id
        wanted = wanted.join(NewsletterRole, roles).where(NewsletterRole.user_id == user.id)
    rows = session.execute(wanted.order_by(Newsletter.name, Newsletter.id))
    return {row.id: row.name for row in rows}


def put_recovery_codes(session: Session, user_id: int, digests: Iterable[str]) -> None:
    """In place of those from before, used or not."""
    delete_recovery_codes(session, user_id)
    session.add_all(RecoveryCode(user_id=user_id, digest=digest) for digest in digests)


def spend_recovery_code(session: Session, user_id: int, digest: str, now: datetime) -> bool:
    """False for one that is unknown or was used: of two who come with one, the second is late."""
    spent = (
        update(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.digest == digest)
        .where(RecoveryCode.used_at.is_(None))
        .values(used_at=now)
    )
    return bool(changed_rows(session, spent))


def count_recovery_codes(session: Session, user_id: int) -> int:
    """Those that are left."""
    left = select(func.count()).select_from(RecoveryCode).filter_by(user_id=user_id, used_at=None)
    return session.scalar(left) or 0


def delete_recovery_codes(session: Session, user_id: int) -> None:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def delete_app(session: Session, user_id: int) -> bool:
    """False if there was none."""
    return bool(changed_rows(session, delete(AppSecret).where(AppSecret.user_id == user_id)))


def confirmed_at(session: Session, session_key: str) -> datetime | None:
    """When the person in that session last showed all of their factors."""
    return session.scalar(select(UserSession.confirmed_at).where(UserSession.key == session_key))


def mark_session_confirmed(session: Session, session_key: str, now: datetime) -> None:
    session.execute(
        update(UserSession).where(UserSession.key == session_key).values(confirmed_at=now)
    )
