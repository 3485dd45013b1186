"""Finds editors and adds them."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from newsletter.domain.errors import NotFound
from newsletter.domain.readers.addresses import address_key
from newsletter.domain.staff.origins import NOWHERE, Origin
from newsletter.store.leases import changed_rows
from newsletter.store.models import User, UserSession


def new_stamp() -> str:
    return secrets.token_urlsafe(16)


def find_user(session: Session, address: str) -> User | None:
    return session.scalar(select(User).where(User.address_key == address_key(address)))


def user_by_id(session: Session, user_id: int, *, lock: bool = False) -> User:
    """`lock` makes others who lock it wait, or change it. Raises NotFound."""
    user = session.get(User, user_id, with_for_update=lock)
    if user is None:
        raise NotFound("This editor does not exist.", advice="They may have been removed.")
    return user


def all_users(session: Session, *, lock: bool = False) -> list[User]:
    wanted = select(User).order_by(User.id)
    return list(session.scalars(wanted.with_for_update() if lock else wanted))


def administrators(session: Session) -> list[User]:
    """Those who can be written to."""
    wanted = select(User).where(User.administrator_since.is_not(None), User.address != "")
    return list(session.scalars(wanted.order_by(User.id)))


def has_editor_with_password(session: Session) -> bool:
    """Whether any editor has chosen a password. Until then the first sign-in link is needed."""
    chosen = select(User.id).where(User.password_hash != "").limit(1)
    return session.scalar(chosen) is not None


def add_user(
    session: Session,
    *,
    address: str,
    now: datetime,
    name: str = "",
    is_administrator: bool = False,
) -> User:
    """`address` "" is for the first editor, who enters it after the first sign-in."""
    user = User(
        address=address,
        address_key=address_key(address),
        name=name,
        sign_in_stamp=new_stamp(),
        created_at=now,
        administrator_since=now if is_administrator else None,
    )
    session.add(user)
    session.flush()
    return user


def spend_sign_in_stamp(session: Session, user_id: int, stamp: str) -> bool:
    """False when it was spent before: of two who come with one link, the second finds it gone."""
    spent = session.scalar(
        update(User)
        .where(User.id == user_id, User.sign_in_stamp == stamp)
        .values(sign_in_stamp=new_stamp())
        .returning(User.id)
    )
    return spent is not None


def add_session(
    session: Session,
    user_id: int,
    now: datetime,
    origin: Origin = NOWHERE,
    *,
    is_confirmed: bool = True,
) -> str:
    """Returns its key. `is_confirmed` is whether all factors were shown just now."""
    key = new_stamp()
    session.add(
        UserSession(
            key=key,
            user_id=user_id,
            started_at=now,
            seen_at=now,
            confirmed_at=now if is_confirmed else None,
            **_whence(origin),
        )
    )
    session.flush()
    return key


def find_session(session: Session, user_id: int, key: str) -> tuple[User, UserSession] | None:
    found = session.execute(
        select(User, UserSession)
        .join(UserSession, UserSession.user_id == User.id)
        .where(User.id == user_id, UserSession.key == key)
    ).one_or_none()
    return None if found is None else (found[0], found[1])


def mark_session_seen(session: Session, key: str, now: datetime, origin: Origin) -> None:
    seen = {"seen_at": now, **_whence(origin)}
    session.execute(update(UserSession).where(UserSession.key == key).values(seen))


def sessions_of(session: Session, user_id: int) -> list[UserSession]:
    """The one that was used last first."""
    wanted = select(UserSession).where(UserSession.user_id == user_id)
    return list(session.scalars(wanted.order_by(UserSession.seen_at.desc(), UserSession.key)))


def end_other_sessions(session: Session, user_id: int, key: str) -> int:
    """All but the one with that key. How many there were."""
    others = delete(UserSession).where(UserSession.user_id == user_id, UserSession.key != key)
    return changed_rows(session, others)


def end_session(session: Session, key: str) -> bool:
    """False if it had ended before."""
    return bool(changed_rows(session, delete(UserSession).where(UserSession.key == key)))


def end_sessions_of(session: Session, user_id: int) -> None:
    session.execute(delete(UserSession).where(UserSession.user_id == user_id))


def end_old_sessions(session: Session, started_before: datetime, seen_before: datetime) -> int:
    """How many there were."""
    too_old = or_(UserSession.started_at < started_before, UserSession.seen_at < seen_before)
    return changed_rows(session, delete(UserSession).where(too_old))


def _whence(origin: Origin) -> dict[str, str | None]:
    return {"origin_address": origin.address or None, "origin_device": origin.device or None}
