"""Takes in a list of addresses that must not be mailed: our own export, or one from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar

from sqlalchemy.orm import Session

from newsletter.domain.readers.addresses import HashedAddress, address_key
from newsletter.domain.readers.consent import SuppressionReason, SuppressionSource
from newsletter.domain.readers.subscriber_rows import LeftOut
from newsletter.domain.readers.suppression_rows import SuppressionRow
from newsletter.domain.staff.principals import Principal
from newsletter.reading.suppression_lists import read_suppressions
from newsletter.store.models import Subscriber
from newsletter.store.newsletters import all_newsletters, newsletter_by_slug
from newsletter.store.readers.imports import wait_for_other_imports
from newsletter.store.readers.suppression_lists import pages_of_subscribers, subscribers_by_key
from newsletter.store.readers.suppressions import Cause, suppress_address, suppress_subscriber
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter_or_all
from newsletter.usecases.readers.find_subscriber import hash_address
from newsletter.usecases.readers.list_suppressions import hash_key_fingerprint

T = TypeVar("T")

AT_ONCE = 500
MOST_SHOWN = 100
_OTHER_KEY = "hashed with another ADDRESS_HASH_KEY, so that it would match nobody here"


@dataclass(slots=True)
class SuppressionImport:
    """`left_out` are the first of the `not_taken` rows."""

    added: int = 0
    already: int = 0
    not_taken: int = 0
    left_out: list[LeftOut] = field(default_factory=list)

    def leave_out(self, row: LeftOut) -> None:
        self.not_taken += 1
        if len(self.left_out) < MOST_SHOWN:
            self.left_out.append(row)


def import_suppressions(
    context: Context,
    lines: Iterable[str],
    principal: Principal,
    slug: str | None = None,
    *,
    why: str = "",
) -> SuppressionImport:
    """For the newsletter that a row names, else for `slug`, else for all. Can be repeated.

    With `slug`, rows of other newsletters are left out, and rows for all count for it alone.
    Raises InvalidInput, NotFound.
    """
    require_for_newsletter_or_all(context, principal, "import_suppressions", slug)
    with context.database.read() as session:
        only = newsletter_by_slug(session, slug).slug if slug else ""
        newsletters = {one.slug: one.id for one in all_newsletters(session)}
    taker = _Taker(context, principal, newsletters, only, why)
    for rows in _chunks(read_suppressions(lines)):
        taker.take(rows)
    taker.end_subscriptions_of_hashes()
    return taker.report


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    while chunk := list(islice(left, AT_ONCE)):
        yield chunk


class _Taker:
    def __init__(
        self,
        context: Context,
        principal: Principal,
        newsletters: dict[str, int],
        only: str,
        why: str,
    ) -> None:
        self._context = context
        self._principal = principal
        self._newsletters = newsletters
        self._only = only
        self._why = why
        self._hash_key = hash_key_fingerprint(context)
        self._causes_by_hash: dict[str, list[tuple[Cause, datetime]]] = {}
        self.report = SuppressionImport()

    def take(self, rows: list[SuppressionRow | LeftOut]) -> None:
        good = [row for row in rows if self._is_taken(row)]
        rows_taken = [row for row in good if isinstance(row, SuppressionRow)]
        keys = [address_key(row.address) for row in rows_taken if row.address]
        with self._context.database.write() as session:
            wait_for_other_imports(session)
            subscribers = subscribers_by_key(session, keys)
            for row in rows_taken:
                is_new = self._suppress(session, row, subscribers.get(address_key(row.address)))
                self.report.added += is_new
                self.report.already += not is_new

    def end_subscriptions_of_hashes(self) -> None:
        """The subscribers here with one of the hashes, which alone don't say who it is."""
        if not self._causes_by_hash:
            return
        with self._context.database.read() as session:
            found = [
                (subscriber_id, known_as)
                for page in pages_of_subscribers(session)
                for subscriber_id, address in page
                if (known_as := hash_address(self._context, address)).current
                in self._causes_by_hash
            ]
        for some in _chunks(found):
            with self._context.database.write() as session:
                wait_for_other_imports(session)
                for subscriber_id, known_as in some:
                    self._end(session, session.get_one(Subscriber, subscriber_id), known_as)

    def _end(self, session: Session, subscriber: Subscriber, known_as: HashedAddress) -> None:
        if subscriber.address is None:  # erased meanwhile
            return
        for cause, at in self._causes_by_hash[known_as.current]:
            suppress_subscriber(
                session, subscriber, address=known_as, cause=cause, who=self._principal, now=at
            )

    def _is_taken(self, row: SuppressionRow | LeftOut) -> bool:
        if isinstance(row, LeftOut):
            self.report.leave_out(row)
            return False
        why_not = self._why_not(row)
        if why_not:
            self.report.leave_out(LeftOut(row.line, row.address or row.address_hash, why_not))
        return not why_not

    def _why_not(self, row: SuppressionRow) -> str:
        if row.newsletter and row.newsletter not in self._newsletters:
            return f"there is no newsletter “{row.newsletter[:60]}” here"
        if self._only and row.newsletter not in {"", self._only}:
            return f"it is for another newsletter, {row.newsletter}"
        if not row.address and row.hash_key != self._hash_key:
            return _OTHER_KEY
        return ""

    def _suppress(
        self, session: Session, row: SuppressionRow, subscriber: Subscriber | None
    ) -> bool:
        cause, at = self._cause(row), min(row.at or self._now, self._now)
        if not row.address:
            known_as = HashedAddress(row.address_hash)
            self._causes_by_hash.setdefault(row.address_hash, []).append((cause, at))
            return suppress_address(session, known_as, cause, self._principal, at)
        known_as = hash_address(self._context, row.address)
        if subscriber is None:
            return suppress_address(session, known_as, cause, self._principal, at)
        return suppress_subscriber(
            session, subscriber, address=known_as, cause=cause, who=self._principal, now=at
        )

    @property
    def _now(self) -> datetime:
        return self._context.now()

    def _cause(self, row: SuppressionRow) -> Cause:
        # Who was erased elsewhere is someone's mistake here, while their address is known.
        is_erased = row.reason is SuppressionReason.ERASED and row.address
        return Cause(
            reason=SuppressionReason.EDITOR if is_erased else row.reason,
            source=SuppressionSource.IMPORT,
            detail=row.detail or self._why,
            newsletter_id=self._newsletters.get(row.newsletter or self._only),
        )
