"""Subscribers and their subscriptions: finding, making, changing them, and the evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.domain.addresses import address_key
from newsletter.domain.consent import ConsentKind, SubscriptionState
from newsletter.store.leases import changed_rows
from newsletter.store.models import Base, Consent, Subscriber, Subscription


def find_subscriber(session: Session, address: str) -> Subscriber | None:
    return session.scalar(select(Subscriber).where(Subscriber.address_key == address_key(address)))


def ensure_subscriber(session: Session, address: str, now: datetime, name: str = "") -> Subscriber:
    """The one subscriber of that address, made if need be, whoever else asks at the same time."""
    values = {
        "address": address,
        "address_key": address_key(address),
        "name": name,
        "attributes": {},
        "created_at": now,
    }
    session.execute(_insert_if_absent(session, Subscriber, values, ["address_key"]))
    return session.scalars(
        select(Subscriber).where(Subscriber.address_key == address_key(address))
    ).one()


def find_subscription(
    session: Session, newsletter_id: int, subscriber_id: int
) -> Subscription | None:
    return session.scalar(
        select(Subscription).where(
            Subscription.newsletter_id == newsletter_id,
            Subscription.subscriber_id == subscriber_id,
        )
    )


def ensure_subscription(
    session: Session, newsletter_id: int, subscriber_id: int, now: datetime
) -> Subscription:
    """The one subscription of that reader; a new one is pending."""
    values = {
        "newsletter_id": newsletter_id,
        "subscriber_id": subscriber_id,
        "state": SubscriptionState.PENDING,
        "state_at": now,
        "state_how": "",
        "tags": [],
        "created_at": now,
    }
    unique = ["newsletter_id", "subscriber_id"]
    session.execute(_insert_if_absent(session, Subscription, values, unique))
    return session.scalars(
        select(Subscription).where(
            Subscription.newsletter_id == newsletter_id,
            Subscription.subscriber_id == subscriber_id,
        )
    ).one()


def change_state(
    session: Session,
    subscription: Subscription,
    state: SubscriptionState,
    *,
    how: str,
    now: datetime,
) -> None:
    subscription.state = state
    subscription.state_at = now
    subscription.state_how = how
    session.flush()


def record_consent(  # noqa: PLR0913  each is a piece of evidence
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
    consent = Consent(
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
    session.add(consent)
    session.flush()
    return consent


def forget_client_addresses(session: Session, older_than: datetime) -> int:
    """Clears the client addresses of evidence given before; returns how many there were."""
    return changed_rows(
        session,
        update(Consent)
        .where(Consent.client_address.is_not(None), Consent.at < older_than)
        .values(client_address=None),
    )


def _insert_if_absent(
    session: Session, model: type[Base], values: dict[str, Any], unique: list[str]
) -> Insert:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(model).values(values).on_conflict_do_nothing(index_elements=unique)
