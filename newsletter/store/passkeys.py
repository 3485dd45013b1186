"""Passkeys of editors, and the challenges that were answered with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, distinct, func, select
from sqlalchemy.orm import Session

from newsletter.store.leases import changed_rows
from newsletter.store.models import Passkey, SpentChallenge


@dataclass(frozen=True, slots=True)
class HostCounts:
    """Passkeys by where they work."""

    passkeys: int
    elsewhere: int
    editors_elsewhere: int
    """How many have one of those."""
    unknown: int
    """Added by an older version, and not used since."""


def passkeys_of(session: Session, user_id: int) -> list[Passkey]:
    wanted = select(Passkey).where(Passkey.user_id == user_id)
    return list(session.scalars(wanted.order_by(Passkey.id)))


def count_hosts(session: Session, host: str) -> HostCounts:
    elsewhere, unknown = Passkey.host.not_in(("", host)), Passkey.host == ""
    found = select(
        func.count(),
        func.count().filter(elsewhere),
        func.count(distinct(Passkey.user_id)).filter(elsewhere),
        func.count().filter(unknown),
    )
    return HostCounts(*session.execute(found.select_from(Passkey)).one())


def passkey_with(session: Session, credential_id: str, *, lock: bool = False) -> Passkey | None:
    wanted = select(Passkey).where(Passkey.credential_id == credential_id)
    return session.scalar(wanted.with_for_update() if lock else wanted)


def delete_passkey(session: Session, user_id: int, passkey_id: int) -> bool:
    """False if that editor has none with that id."""
    theirs = delete(Passkey).where(Passkey.user_id == user_id, Passkey.id == passkey_id)
    return bool(changed_rows(session, theirs))


def delete_passkeys_of(session: Session, user_id: int) -> None:
    session.execute(delete(Passkey).where(Passkey.user_id == user_id))


def spend_challenge(session: Session, challenge: str, expires_at: datetime, now: datetime) -> bool:
    """False if it was spent. Those that are no good by now are forgotten."""
    session.execute(delete(SpentChallenge).where(SpentChallenge.expires_at < now))
    if session.get(SpentChallenge, challenge) is not None:
        return False
    session.add(SpentChallenge(challenge=challenge, expires_at=expires_at))
    session.flush()
    return True
