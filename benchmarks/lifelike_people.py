"""Who reads the lifelike newsletters: they join over the year, and some leave."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from benchmarks.lifelike_words import PEOPLE, TOWNS
from newsletter.domain.readers.addresses import address_key
from newsletter.domain.readers.consent import ConsentKind, SubscriptionState
from newsletter.store.models import Consent, Subscriber, Subscription
from newsletter.usecases.context import Context


@dataclass
class Person:
    """Joins and perhaps leaves at moments of the year."""

    name: str
    address: str
    joins: datetime
    leaves: datetime | None
    subscription_id: int = 0


def draw_readers(dice: random.Random, count: int, begun: datetime, until: datetime) -> list[Person]:
    people = []
    for number in range(count):
        first, last = PEOPLE[number % len(PEOPLE)], PEOPLE[(number * 7 + 3) % len(PEOPLE)]
        address = f"{first}.{last}{number or ''}".lower() + f"@{dice.choice(_DOMAINS)}"
        joins = begun + (until - begun) * (0 if number < count / 5 else dice.random() ** 0.8)
        stays = dice.random() < 0.87
        leaves = None if stays else joins + timedelta(days=dice.randint(10, 160))
        people.append(Person(f"{first} {last}", address, joins, leaves))
    return sorted(people, key=lambda one: one.joins)


_DOMAINS = ("gmail.com",) * 5 + ("outlook.com", "gmx.de", "web.de", "proton.me", "fastmail.com")


def move(context: Context, people: list[Person], dice: random.Random) -> None:
    """Those who came or went since the last time."""
    now = context.now()
    with context.database.write() as session:
        for person in people:
            if not person.subscription_id and person.joins <= now:
                person.subscription_id = _join(session, person, dice)
            elif person.subscription_id and person.leaves and person.leaves <= now:
                _leave(session, person, dice)
                person.leaves = None


def _join(session: Session, person: Person, dice: random.Random) -> int:
    subscriber = Subscriber(
        address=person.address,
        address_key=address_key(person.address),
        created_at=person.joins,
    )
    attributes = {"town": dice.choice(TOWNS)} if dice.random() < 0.5 else {}
    is_waiting = dice.random() < 0.04
    kind = dice.choice((ConsentKind.CONFIRMED,) * 4 + (ConsentKind.IMPORTED,))
    row = Subscription(
        newsletter_id=1,
        subscriber=subscriber,
        name=person.name,
        attributes=attributes,
        state=SubscriptionState.PENDING if is_waiting else SubscriptionState.ACTIVE,
        state_at=person.joins,
        state_how="imported" if kind is ConsentKind.IMPORTED else "confirmed",
        tags=[tag for tag in ("berlin", "workshop", "patron", "press") if dice.random() < 0.18],
        created_at=person.joins,
    )
    session.add(row)
    session.flush()
    kinds = (ConsentKind.ASKED,) if is_waiting else (ConsentKind.ASKED, kind)
    for one in kinds:
        session.add(Consent(subscription_id=row.id, kind=one, at=person.joins, how="form"))
    return row.id


def _leave(session: Session, person: Person, dice: random.Random) -> None:
    row = session.get_one(Subscription, person.subscription_id)
    how = dice.choice(("one-click", "one-click", "page", "preferences page"))
    row.state, row.state_at, row.state_how = SubscriptionState.UNSUBSCRIBED, person.leaves, how
    session.add(
        Consent(subscription_id=row.id, kind=ConsentKind.WITHDRAWN, at=person.leaves, how=how)
    )
