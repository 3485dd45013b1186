"""The ledger by subscriber: the deliveries of each issue of their newsletters."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from newsletter.store.models import Delivery, Edition, Newsletter, Subscription


@dataclass(frozen=True, slots=True)
class Line:
    """`delivery` is None if the subscriber was not in the audience."""

    newsletter: Newsletter
    edition_id: int
    issue_id: int
    number: int
    subject: str
    frozen_at: datetime
    delivery: Delivery | None


def lines_of(
    session: Session,
    subscriber_id: int,
    *,
    limit: int,
    before: int | None = None,
    newsletters: Collection[int] | None = None,
) -> list[Line]:
    """At most `limit`, the newest editions first, of all `newsletters` where it is None.

    `before`: an edition's id, for the next page.
    """
    wanted = (
        select(
            Newsletter,
            Edition.id,
            Edition.issue_id,
            Edition.number,
            Edition.subject,
            Edition.frozen_at,
            Delivery,
        )
        .select_from(Subscription)
        .join(Newsletter, Newsletter.id == Subscription.newsletter_id)
        .join(Edition, Edition.newsletter_id == Newsletter.id)
        .outerjoin(
            Delivery,
            and_(Delivery.edition_id == Edition.id, Delivery.subscriber_id == subscriber_id),
        )
        .where(Subscription.subscriber_id == subscriber_id)
        .order_by(Edition.id.desc())
        .limit(limit)
    )
    if before is not None:
        wanted = wanted.where(Edition.id < before)
    if newsletters is not None:
        wanted = wanted.where(Subscription.newsletter_id.in_(newsletters))
    return [Line(*row) for row in session.execute(wanted)]


def is_subscribed_to(
    session: Session, subscriber_id: int, newsletters: Collection[int] | None
) -> bool:
    """Whether they have a subscription to one of these, in any state. None asks for nothing."""
    if newsletters is None:
        return True
    theirs = Subscription.newsletter_id.in_(newsletters)
    wanted = select(Subscription.id).where(Subscription.subscriber_id == subscriber_id, theirs)
    return session.scalar(wanted.limit(1)) is not None
