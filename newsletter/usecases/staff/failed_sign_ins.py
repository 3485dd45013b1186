"""Writes down that someone could not sign in, for the audit log of the server.

Strangers cause these rows, so there are few: what is over the limit is not written down. The
address that was typed is not kept, only which account it was.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.staff.principals import Principal, PrincipalKind
from newsletter.store.events import failed_sign_ins_since, record_event
from newsletter.usecases.context import Context

MOST_AN_HOUR = 60
MOST_BY_ADDRESS = 10
"""An hour as well, from one client address."""


def record_failed_sign_in(context: Context, user_id: int | None, why: str) -> None:
    """None: no editor has the address. Takes as long for both. A full disk changes no answer."""
    with suppress(DBAPIError), context.database.write() as session:
        if _has_room(context, session):
            record_event(
                session,
                at=context.now(),
                who=_stranger(context),
                action=Action.USER_SIGN_IN_FAILED,
                subject_id=user_id or 0,
                facts={"why": why},
            )


def _has_room(context: Context, session: Session) -> bool:
    since = context.now() - timedelta(hours=1)
    found = failed_sign_ins_since(session, since)
    own = found.count(context.origin().address or None)
    return len(found) < MOST_AN_HOUR and own < MOST_BY_ADDRESS


def _stranger(context: Context) -> Principal:
    return Principal(PrincipalKind.STRANGER, None, "Not signed in", origin=context.origin())
