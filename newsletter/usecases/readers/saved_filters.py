"""Filters of the list of subscribers that a newsletter's editors keep under a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from newsletter.domain.errors import Conflict, InvalidInput
from newsletter.domain.readers.audiences import Audience, audience_of
from newsletter.domain.readers.subscriber_rows import clean_name
from newsletter.domain.staff.principals import Principal
from newsletter.store.issues.issues import lock_newsletter
from newsletter.store.leases import changed_rows
from newsletter.store.models import SavedFilter
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter

LONGEST_NAME = 60
MOST_FILTERS = 50


@dataclass(frozen=True, slots=True)
class NamedFilter:
    id: int
    name: str
    audience: Audience
    columns: tuple[str, ...]


def list_filters(context: Context, slug: str, principal: Principal) -> list[NamedFilter]:
    require_for_newsletter(context, principal, "list_filters", slug)
    with context.database.read() as session:
        newsletter_id = newsletter_by_slug(session, slug).id
        rows = session.scalars(
            select(SavedFilter)
            .where(SavedFilter.newsletter_id == newsletter_id)
            .order_by(func.lower(SavedFilter.name))
        )
        return [_named(row) for row in rows]


def _named(row: SavedFilter) -> NamedFilter:
    audience = audience_of((kind, value) for kind, value in row.conditions)
    return NamedFilter(row.id, row.name, audience, tuple(row.columns))


def save_filter(  # noqa: PLR0913, PLR0917  what a saved filter has
    context: Context,
    slug: str,
    name: str,
    audience: Audience,
    columns: Sequence[str],
    principal: Principal,
) -> bool:
    """Whether it took the place of one with the same name. Raises InvalidInput and Conflict."""
    require_for_newsletter(context, principal, "save_filter", slug)
    known_as = clean_name(name)
    if not known_as or len(known_as) > LONGEST_NAME:
        raise InvalidInput(f"Name it in at most {LONGEST_NAME} characters.", field="name")
    with context.database.write() as session:
        newsletter_id = newsletter_by_slug(session, slug).id
        lock_newsletter(session, newsletter_id)
        theirs = SavedFilter.newsletter_id == newsletter_id
        former = delete(SavedFilter).where(theirs, SavedFilter.name == known_as)
        replaces = bool(changed_rows(session, former))
        count = session.scalar(select(func.count()).select_from(SavedFilter).where(theirs)) or 0
        if count >= MOST_FILTERS:
            raise Conflict(f"There are {MOST_FILTERS} filters already.", advice="Delete one first.")
        session.add(
            SavedFilter(
                newsletter_id=newsletter_id,
                name=known_as,
                conditions=[list(pair) for pair in audience.pairs],
                columns=list(columns),
                created_at=context.now(),
                created_by=principal.name,
            )
        )
        return replaces


def delete_filter(context: Context, slug: str, filter_id: int, principal: Principal) -> None:
    """One that is gone is no error."""
    require_for_newsletter(context, principal, "delete_filter", slug)
    with context.database.write() as session:
        newsletter_id = newsletter_by_slug(session, slug).id
        session.execute(
            delete(SavedFilter).where(
                SavedFilter.id == filter_id, SavedFilter.newsletter_id == newsletter_id
            )
        )
