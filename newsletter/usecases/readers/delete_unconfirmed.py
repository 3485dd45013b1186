"""Addresses that strangers typed and nobody confirmed are kept for a while only [GDPR 5(1)(e)]."""

from __future__ import annotations

from newsletter.domain.actions import Action
from newsletter.domain.staff.principals import SYSTEM
from newsletter.store.events import record_event
from newsletter.store.readers.unconfirmed import delete_signups, readers_among, unconfirmed_since
from newsletter.store.readers.withdrawals import withdraw_all
from newsletter.usecases.context import Context

MOST_AT_ONCE = 2000
NEVER_CONFIRMED = "not confirmed in time"


def delete_unconfirmed(context: Context) -> int:
    """How many went; call again while that is MOST_AT_ONCE. For the ticker, now and then.

    Someone who was a reader before and asked again is unsubscribed, and their history is kept.
    """
    now, settings = context.now(), context.settings
    before = now - max(settings.pending_retention, settings.confirmation_expiry)
    with context.database.write() as session:
        found = unconfirmed_since(session, before, MOST_AT_ONCE)
        readers = readers_among(session, [subscription.id for subscription in found])
        if readers:
            evidence = dict.fromkeys(readers, NEVER_CONFIRMED)
            withdraw_all(session, evidence, who=SYSTEM, how=NEVER_CONFIRMED, at=now)
        signups = [subscription for subscription in found if subscription.id not in readers]
        for newsletter_id, count in delete_signups(session, signups).items():
            record_event(
                session,
                at=now,
                who=SYSTEM,
                action=Action.NEWSLETTER_UNCONFIRMED_DELETED,
                subject_id=newsletter_id,
                facts={"count": count},
            )
    return len(found)
