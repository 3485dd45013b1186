"""Builders: each names only what matters to the test, and makes up the rest."""

from __future__ import annotations

import itertools
from typing import Any

from sqlalchemy import select

from newsletter.domain.issues.issue import IssueState
from newsletter.domain.readers.addresses import address_key
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.models import (
    Entry,
    Issue,
    Newsletter,
    Section,
    Subscriber,
    Subscription,
    User,
)
from newsletter.store.staff import add_user
from newsletter.usecases.context import Context

_counter = itertools.count(1)


def a_newsletter(context: Context, **values: Any) -> Newsletter:
    number = next(_counter)
    slug = values.pop("slug", f"news-{number}")
    newsletter = Newsletter(
        **{
            "slug": slug,
            "name": "Field Notes",
            "description": "Links worth an evening.",
            "sender_name": "Ada Editor",
            "sender_address": "ada@example.org",
            "postal_address": "1 Garden Lane, 10115 Berlin",
            "time_zone": "Europe/Berlin",
            "language": "en",
            "list_label": slug,
            "created_at": context.now(),
        }
        | values
    )
    with context.database.write() as session:
        session.add(newsletter)
    return newsletter


def a_subscriber(
    context: Context,
    newsletter: Newsletter,
    *,
    address: str = "",
    state: SubscriptionState = SubscriptionState.ACTIVE,
    tags: list[str] | None = None,
    **values: Any,
) -> Subscription:
    """The subscription, with its `subscriber` loaded."""
    address = address or f"reader{next(_counter)}@example.org"
    now = context.now()
    with context.database.write() as session:
        subscriber = session.scalar(
            select(Subscriber).where(Subscriber.address_key == address_key(address))
        ) or Subscriber(address=address, address_key=address_key(address), created_at=now)
        subscription = Subscription(
            newsletter_id=newsletter.id,
            subscriber=subscriber,
            state=state,
            state_at=now,
            tags=tags or [],
            created_at=now,
            **values,
        )
        session.add(subscription)
    return subscription


def an_issue(context: Context, newsletter: Newsletter, *, entries: int = 2, **values: Any) -> Issue:
    now = context.now()
    issue = Issue(
        **{
            "newsletter_id": newsletter.id,
            "title": "On slow tools",
            "subject": "On slow tools",
            "preheader": "Two links and a thought",
            "intro": "Good morning.",
            "state": IssueState.DRAFT,
            "state_at": now,
            "created_at": now,
            "updated_at": now,
        }
        | values
    )
    issue.sections = [
        Section(
            position=0,
            title="",
            entries=[
                Entry(
                    position=place,
                    title=f"Entry number {place + 1}",
                    url=f"https://example.com/{place + 1}",
                    sources=["example.com"],
                    body="A few lines of *comment*.",
                )
                for place in range(entries)
            ],
        )
    ]
    with context.database.write() as session:
        session.add(issue)
    return issue


def an_editor(context: Context, *, address: str = "", name: str = "Ed Itor", **values: Any) -> User:
    """Has no password yet; `values` are columns."""
    address = address or f"editor{next(_counter)}@example.org"
    with context.database.write() as session:
        user = add_user(session, address=address, name=name, now=context.now())
        for column, value in values.items():
            setattr(user, column, value)
    return user
