"""Finds and makes subscribers and subscriptions, and stores the evidence of consent."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from newsletter.domain.readers.addresses import address_key
from newsletter.domain.readers.consent import ConsentKind, SubscriptionState
from newsletter.store.leases import changed_rows
from newsletter.store.models import (
    Consent,
    Newsletter,
    Subscriber,
    SubscriberNote,
    Subscription,
)
from newsletter.store.upserts import insert_if_missing


def find_subscriber(session: Session, address: str) -> Subscriber | None:
    return session.scalar(select(Subscriber).where(Subscriber.address_key == address_key(address)))


def ensure_subscriber(session: Session, address: str, now: datetime) -> Subscriber:
    """Finds or makes the subscriber with this address."""
    insert_if_missing(
        session,
        Subscriber,
        ["address_key"],
        address=address,
        address_key=address_key(address),
        created_at=now,
    )
    return session.scalars(
        select(Subscriber).where(Subscriber.address_key == address_key(address))
    ).one()


def find_subscription(
    session: Session, newsletter_id: int, subscriber_id: int, *, lock: bool = False
) -> Subscription | None:
    wanted = select(Subscription).where(
        Subscription.newsletter_id == newsletter_id,
        Subscription.subscriber_id == subscriber_id,
    )
    return session.scalar(wanted.with_for_update() if lock else wanted)


def ensure_subscription(
    session: Session, newsletter_id: int, subscriber_id: int, now: datetime
) -> Subscription:
    """Finds or makes a subscription, and locks it. A new one is pending."""
    insert_if_missing(
        session,
        Subscription,
        ["newsletter_id", "subscriber_id"],
        newsletter_id=newsletter_id,
        subscriber_id=subscriber_id,
        state=SubscriptionState.PENDING,
        state_at=now,
        state_how="",
        tags=[],
        name="",
        attributes={},
        created_at=now,
    )
    return session.scalars(
        select(Subscription)
        .where(
            Subscription.newsletter_id == newsletter_id,
            Subscription.subscriber_id == subscriber_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def subscription_with_reader(
    session: Session, subscription_id: int, *, lock: bool = False
) -> tuple[Subscription, Subscriber, Newsletter] | None:
    """`lock` locks the subscription. None if there is no such subscription."""
    wanted = (
        select(Subscription, Subscriber, Newsletter)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .join(Newsletter, Newsletter.id == Subscription.newsletter_id)
        .where(Subscription.id == subscription_id)
    )
    if lock:
        wanted = wanted.with_for_update(of=Subscription).execution_options(populate_existing=True)
    row = session.execute(wanted).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def claim_confirmation_of_day(session: Session, subscription_id: int, today: date) -> bool:
    """True for one caller a day: the row count decides."""
    return bool(
        changed_rows(
            session,
            update(Subscription)
            .where(
                Subscription.id == subscription_id,
                or_(
                    Subscription.confirmation_sent_on.is_(None),
                    Subscription.confirmation_sent_on < today,
                ),
            )
            .values(confirmation_sent_on=today),
        )
    )


def record_consent(  # noqa: PLR0913  each is a column
    session: Session,
    subscription_id: int,
    kind: ConsentKind,
    *,
    at: datetime,
    how: str = "",
    actor: str = "",
    form_url: str = "",
    wording_hash: str = "",
    wording_version: str = "",
    client_address: str | None = None,
    message_id: str = "",
) -> Consent:
    evidence = Consent(
        subscription_id=subscription_id,
        kind=kind,
        at=at,
        how=how,
        actor=actor,
        form_url=form_url,
        wording_hash=wording_hash,
        wording_version=wording_version,
        client_address=client_address,
        message_id=message_id,
    )
    session.add(evidence)
    session.flush()
    return evidence


def notes_about(session: Session, subscriber_id: int, newsletter_id: int) -> list[SubscriberNote]:
    return list(
        session.scalars(
            select(SubscriberNote).where(
                SubscriberNote.subscriber_id == subscriber_id,
                SubscriberNote.newsletter_id == newsletter_id,
            )
        )
    )


def evidence_of(session: Session, subscription_id: int) -> list[Consent]:
    """All evidence, the oldest first."""
    return list(
        session.scalars(
            select(Consent).where(Consent.subscription_id == subscription_id).order_by(Consent.id)
        )
    )


def latest_evidence_id(session: Session, subscription_id: int, *kinds: ConsentKind) -> int:
    """0 if there is none of these kinds."""
    found = session.scalar(
        select(Consent.id)
        .where(Consent.subscription_id == subscription_id, Consent.kind.in_(kinds))
        .order_by(Consent.id.desc())
        .limit(1)
    )
    return found or 0


def record_message_id(session: Session, evidence_id: int, message_id: str) -> None:
    """The mail that asked for this consent."""
    session.execute(update(Consent).where(Consent.id == evidence_id).values(message_id=message_id))


def forget_client_addresses(session: Session, before: datetime) -> int:
    """Deletes client addresses from evidence older than `before`. Returns how many.

    An import brings evidence of a time when we did not know the person. Its address is kept as long
    as that of a subscription of our own, from the day on which we knew them.
    """
    known_longer = (
        select(Subscription.id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscriber.created_at < before)
    )
    return changed_rows(
        session,
        update(Consent)
        .where(
            Consent.client_address.is_not(None),
            Consent.at < before,
            Consent.subscription_id.in_(known_longer),
        )
        .values(client_address=None),
    )
