"""Writes down that someone could not sign in, for the audit log of the server.

Strangers cause these rows, so there are few. Each account has room of its own, which nobody fills
by failing elsewhere; what is over the limit is counted in one line. The address that was typed is
not kept, only which account it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from newsletter.domain.actions import Action
from newsletter.domain.staff.origins import NOWHERE, Origin, network_of
from newsletter.domain.staff.principals import Principal, PrincipalKind
from newsletter.store.events import count_one_more, failed_sign_ins_since, record_event
from newsletter.usecases.context import Context

HOUR = timedelta(hours=1)
MOST_AN_HOUR = 60
"""For one account, and for all addresses together that are no editor's."""
MOST_BY_NETWORK = 10
"""Of these."""


def record_failed_sign_in(context: Context, user_id: int | None, why: str) -> None:
    """None: no editor has the address. Takes as long for both. A full disk changes no answer."""
    with suppress(DBAPIError), context.database.write() as session:
        found = failed_sign_ins_since(session, user_id or 0, context.now() - HOUR)
        listed = [one for one in found if "more" not in one.facts]
        counted = [one for one in found if "more" in one.facts]
        has_room = _has_room(listed, context.origin())
        if counted and not has_room:
            count_one_more(session, counted[-1].id)
            return
        record_event(
            session,
            at=context.now(),
            who=_stranger(context.origin() if has_room else NOWHERE),
            action=Action.USER_SIGN_IN_FAILED,
            subject_id=user_id or 0,
            facts={"why": why} if has_room else {"more": 1},
        )


def _has_room(listed: Sequence[Row[Any]], origin: Origin) -> bool:
    network = network_of(origin.address)
    own = sum(network_of(one.origin_address or "") == network for one in listed)
    return len(listed) < MOST_AN_HOUR and own < MOST_BY_NETWORK


def _stranger(origin: Origin) -> Principal:
    return Principal(PrincipalKind.STRANGER, None, "Not signed in", origin=origin)
