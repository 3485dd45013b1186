"""Lists suppressed addresses in pages, and finds one by its exact address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.readers.addresses import parse_address
from newsletter.domain.readers.consent import SuppressionReason
from newsletter.domain.readers.suppression_rows import EXPORT_COLUMNS
from newsletter.domain.staff.permissions import is_allowed
from newsletter.domain.staff.principals import Principal
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.store.readers.suppression_lists import (
    ListedSuppression,
    Whose,
    newest_suppressions,
    suppressions_after,
    suppressions_by_id,
)
from newsletter.store.readers.suppressions import all_suppressions, find_suppressions
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter_or_all
from newsletter.usecases.readers.export_subscribers import as_csv
from newsletter.usecases.readers.find_subscriber import hash_address
from newsletter.usecases.staff.downloads import record_download

PAGE_SIZE = 50
ROWS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class SuppressionPage:
    """The newest first. `older_than` leads to the next page, None on the last."""

    suppressions: tuple[ListedSuppression, ...]
    older_than: int | None


def list_suppressions(  # noqa: PLR0913  which ones, and where the page begins
    context: Context,
    principal: Principal,
    slug: str | None = None,
    *,
    reason: SuppressionReason | None = None,
    older_than: int | None = None,
    limit: int = PAGE_SIZE,
) -> SuppressionPage:
    """Those that hold for a newsletter; without one, all. Raises NotFound.

    To who may not see the whole server's list, those for all newsletters are of subscribers alone.
    """
    require_for_newsletter_or_all(context, principal, "list_suppressions", slug)
    with context.database.read() as session:
        whose = _whose(session, principal, slug)
        found = newest_suppressions(
            session, whose, reason=reason or "", older_than=older_than, limit=limit + 1
        )
    page = tuple(found[:limit])
    return SuppressionPage(page, page[-1].id if len(found) > limit else None)


def find_address(
    context: Context, address: str, principal: Principal, slug: str | None = None
) -> tuple[ListedSuppression, ...]:
    """The suppressions of exactly this address, also where only its hash is kept.

    Raises InvalidInput, NotFound.
    """
    require_for_newsletter_or_all(context, principal, "find_address", slug)
    known_as = hash_address(context, parse_address(address))
    with context.database.read() as session:
        whose = _whose(session, principal, slug)
        if slug:
            rows = find_suppressions(session, known_as, newsletter_by_slug(session, slug).id)
        else:
            rows = all_suppressions(session, known_as)
        return tuple(suppressions_by_id(session, [row.id for row in rows], whose))


def export_suppressions(
    context: Context, principal: Principal, slug: str | None = None
) -> Iterator[str]:
    """Pieces of the CSV. The address where it is known, else its keyed hash. At once NotFound."""
    require_for_newsletter_or_all(context, principal, "export_suppressions", slug)
    with context.database.read() as session:
        whose = _whose(session, principal, slug)
    record_download(context, principal, Action.DOWNLOAD_SUPPRESSIONS, whose.newsletter_id)
    return _pieces(context, whose)


def hash_key_fingerprint(context: Context) -> str:
    """Tells whether a hash was made with the key of this installation, without telling the key."""
    return hash_address(context, "fingerprint@invalid").current[:12]


def _whose(session: Session, principal: Principal, slug: str | None) -> Whose:
    """The list of all newsletters is for those who may read it; the rest is not theirs."""
    newsletter_id = newsletter_by_slug(session, slug).id if slug else None
    return Whose(newsletter_id, only_own=not is_allowed(principal, "list_suppressions"))


def _pieces(context: Context, whose: Whose) -> Iterator[str]:
    yield as_csv([EXPORT_COLUMNS])
    last_id, hash_key = 0, hash_key_fingerprint(context)
    while True:
        with context.database.read() as session:
            page = suppressions_after(session, whose, last_id, ROWS_AT_ONCE)
        if not page:
            return
        yield as_csv(_cells(one, hash_key) for one in page)
        last_id = page[-1].id


def _cells(one: ListedSuppression, hash_key: str) -> tuple[str, ...]:
    known = (one.address, "", "") if one.address else ("", one.address_hash, hash_key)
    moment = one.at.isoformat(timespec="seconds")
    return (*known, one.newsletter, one.reason, one.source, one.detail, moment)
