"""A newsletter with many readers and an issue for them, made by the set."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, cast, func, insert, literal, select
from sqlalchemy.orm import Session

from newsletter.domain.issues.issue import IssueState
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.models import Entry, Issue, Newsletter, Section, Subscriber, Subscription
from newsletter.store.models.base import Json
from newsletter.usecases.context import Context

SENDER = "editor@example.org"
RECIPIENT_DOMAINS = 500


def a_newsletter(context: Context, slug: str = "bench") -> int:
    newsletter = Newsletter(
        slug=slug,
        name="Field Notes",
        description="Links worth an evening.",
        sender_name="Ada Editor",
        sender_address=SENDER,
        postal_address="1 Garden Lane, 10115 Berlin",
        list_label=slug,
        created_at=context.now(),
    )
    with context.database.write() as session:
        session.add(newsletter)
    return newsletter.id


def add_readers(context: Context, newsletter_id: int, count: int) -> None:
    """reader1@…, reader2@… and so on, all of them active, in two statements."""
    with context.database.write() as session:
        _insert(session, Subscriber, _people(count, context.now()))
        _insert(session, Subscription, _subscriptions(newsletter_id, context.now()))
    analyse(context)


def analyse(context: Context) -> None:
    """As PostgreSQL does by itself after a while; SQLite never does."""
    if not context.database.is_sqlite:
        with context.database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("VACUUM ANALYZE")


def address_of(number: int) -> str:
    return f"reader{number}@mail{number % RECIPIENT_DOMAINS}.example.org"


def an_issue(context: Context, newsletter_id: int, entries: int = 2) -> int:
    now = context.now()
    issue = Issue(
        newsletter_id=newsletter_id,
        title="On slow tools",
        subject="On slow tools",
        preheader="Links and a thought",
        intro="Good morning.",
        state=IssueState.DRAFT,
        state_at=now,
        created_at=now,
        updated_at=now,
        sections=[Section(position=0, title="", entries=[_entry(n) for n in range(entries)])],
    )
    with context.database.write() as session:
        session.add(issue)
    return issue.id


def _people(count: int, now: datetime) -> Select[*tuple[Any, ...]]:
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < count))
    number = cast(numbers.c.n, String)
    domain = cast(numbers.c.n % RECIPIENT_DOMAINS, String)
    address = literal("reader") + number + "@mail" + domain + ".example.org"
    return select(
        address.label("address"),
        address.label("address_key"),
        literal(now, Subscriber.created_at.type).label("created_at"),
    )


def _subscriptions(newsletter_id: int, now: datetime) -> Select[*tuple[Any, ...]]:
    moment = literal(now, Subscription.state_at.type)
    return select(
        literal(newsletter_id).label("newsletter_id"),
        Subscriber.id.label("subscriber_id"),
        literal(SubscriptionState.ACTIVE.value).label("state"),
        moment.label("state_at"),
        literal("imported").label("state_how"),
        literal([], Json).label("tags"),
        moment.label("created_at"),
        (literal("Reader ") + cast(Subscriber.id, String)).label("name"),
        literal({}, Json).label("attributes"),
    ).order_by(Subscriber.id)


def _insert(session: Session, table: type[Any], rows: Select[*tuple[Any, ...]]) -> None:
    names = [column.name for column in rows.selected_columns]
    session.execute(insert(table).from_select(names, rows, include_defaults=False))


def _entry(place: int) -> Entry:
    return Entry(
        position=place,
        title=f"Entry number {place + 1}",
        url=f"https://example.com/{place + 1}",
        sources=["example.com"],
        body="A few lines of *comment*.",
    )


def count_rows(context: Context, table: type[Any]) -> int:
    with context.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0
