"""Invitations to a role in a newsletter."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from newsletter.domain.errors import NotFound
from newsletter.store.models import Invitation


def open_invitations(session: Session, newsletter_id: int) -> list[Invitation]:
    """Also those that are over: they can be sent again. The oldest first."""
    wanted = select(Invitation).where(_is_waiting(), Invitation.newsletter_id == newsletter_id)
    return list(session.scalars(wanted.order_by(Invitation.id)))


def invitation_to(session: Session, newsletter_id: int, address_key: str) -> Invitation | None:
    whose = and_(Invitation.newsletter_id == newsletter_id, Invitation.address_key == address_key)
    return session.scalar(select(Invitation).where(_is_waiting(), whose).limit(1))


def invitation_of(session: Session, newsletter_id: int, invitation_id: int) -> Invitation:
    """Raises NotFound, also for one that was accepted or withdrawn."""
    which = and_(Invitation.id == invitation_id, Invitation.newsletter_id == newsletter_id)
    found = session.scalar(select(Invitation).where(_is_waiting(), which).with_for_update())
    if found is None:
        raise NotFound("There is no such invitation.", advice="It may have been accepted.")
    return found


def invitation_by_stamp(
    session: Session, invitation_id: int, stamp: str, now: datetime
) -> Invitation | None:
    """None unless it can be accepted."""
    which = and_(Invitation.id == invitation_id, Invitation.stamp == stamp)
    is_open = and_(_is_waiting(), Invitation.expires_at > now)
    return session.scalar(select(Invitation).where(which, is_open).with_for_update())


def _is_waiting() -> ColumnElement[bool]:
    return and_(Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
