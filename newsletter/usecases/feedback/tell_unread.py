"""Tells once a day that mail came back which only a person can see to, and which nobody got.

Replies are forwarded where there is a reply address. Without one they wait on a page.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from sqlalchemy.orm import Session

from newsletter.domain.outbox import OutboxKind
from newsletter.domain.staff.roles import Role
from newsletter.store.feedback.unread import count_unread
from newsletter.store.newsletters import all_newsletters
from newsletter.store.operations import beat, last_beat
from newsletter.store.outbox import add_to_outbox
from newsletter.store.roles import people_of
from newsletter.store.staff import administrators
from newsletter.usecases.context import Context

EVERY = timedelta(days=1)
_TOLD = "unread told"
"""The heartbeat: what was judged until then has been told."""


def tell_unread(context: Context) -> tuple[int, ...]:
    """For the ticker, now and then. Returns the outbox rows that it added: one for each person."""
    now = context.now()
    with context.database.read() as session:
        told = last_beat(session, _TOLD)
        last = told or now - EVERY
        can_mail = any(one.sender_address for one in all_newsletters(session))
        if last > now - EVERY or not can_mail:
            return ()
        unread = count_unread(session, last, now)
    with context.database.write() as session:
        if last_beat(session, _TOLD) != told:  # another ticker has been here
            return ()
        beat(session, _TOLD, now)
        return tuple(
            _mail(context, session, user_id, counts)
            for user_id, counts in sorted(_by_person(session, unread).items())
        )


def _by_person(session: Session, unread: dict[int, int]) -> dict[int, dict[int, int]]:
    """By user id, what they can read: owners theirs, administrators the rest (newsletter 0)."""
    told: dict[int, dict[int, int]] = defaultdict(dict)
    everyone = [user.id for user in administrators(session)]
    for newsletter_id, count in unread.items():
        for user_id in _owners(session, newsletter_id) or everyone:
            told[user_id][newsletter_id] = count
    return told


def _owners(session: Session, newsletter_id: int) -> list[int]:
    people = people_of(session, newsletter_id) if newsletter_id else []
    return [one.user_id for one in people if one.role is Role.OWNER and one.address]


def _mail(context: Context, session: Session, user_id: int, counts: dict[int, int]) -> int:
    now = context.now()
    return add_to_outbox(
        session,
        OutboxKind.UNREAD,
        now=now,
        expires_at=now + context.settings.outbox_expiry,
        user_id=user_id,
        payload={"counts": sorted(counts.items())},
    )
