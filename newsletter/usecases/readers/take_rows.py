"""One chunk of an import: held against who is there, and written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.readers.addresses import HashedAddress, hashed_address
from newsletter.domain.readers.consent import (
    RECEIVING,
    ConsentKind,
    SuppressionReason,
    SuppressionSource,
)
from newsletter.domain.readers.listed_as import ListedAs
from newsletter.domain.readers.subscriber_rows import Row
from newsletter.domain.said_times import said_day
from newsletter.domain.staff.principals import Principal
from newsletter.reading.subscriber_lists.choices import ListChoices
from newsletter.reading.subscriber_lists.sheets import NO_CHOICES
from newsletter.store.events import Change
from newsletter.store.models import Subscriber
from newsletter.store.readers.imports import (
    Known,
    ReaderUpdate,
    apply_updates,
    confirmations,
    find_known,
    insert_evidence,
    wait_for_other_imports,
)
from newsletter.store.readers.staged_rows import Evidence, StagedRows
from newsletter.store.readers.suppressions import (
    Cause,
    insert_suppressions,
    suppress_subscriber,
)
from newsletter.store.readers.withdrawals import withdraw_all
from newsletter.usecases.context import Context
from newsletter.usecases.readers.judge_rows import Judged, Present, judge_rows

ENDED_AT_ONCE = 500
"""Each of these is a transaction, so that nobody waits long for a database of one writer."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where readers come from: `consent` is how they agreed, in the words of who brings them."""

    consent: str
    file_name: str = ""
    choices: ListChoices = NO_CHOICES

    @property
    def place_up_to_the_line(self) -> str:
        return f"({self.file_name}, line " if self.file_name else "(line "


class Taker:
    """Takes chunks in for one newsletter."""

    def __init__(
        self, context: Context, newsletter_id: int, source: Source, principal: Principal
    ) -> None:
        self._context = context
        self._newsletter_id = newsletter_id
        self._source = source
        self._principal = principal
        self._now = context.now()
        self._hashes: dict[str, HashedAddress] = {}
        """Of the chunk at hand, by the key of the address."""

    def look(self, rows: list[Row]) -> tuple[Judged, int]:
        """What `take` would do: what becomes of the rows, and how many subscriptions are new."""
        self._hash(rows)
        with self._context.database.read() as session:
            judged = self._judge(session, self._staged(session), rows, lock=False)
        return judged, len(judged.beginning)

    def take(self, rows: list[Row]) -> tuple[Judged, int]:
        self._hash(rows)
        with self._context.database.write() as session:
            wait_for_other_imports(session)
            staged = self._staged(session)
            judged = self._judge(session, staged, rows, lock=True)
            added = self._add(session, staged, judged, is_all=len(judged.new) == len(rows))
            self._change(session, judged.changes)
        for start in range(0, len(judged.ending), ENDED_AT_ONCE):
            with self._context.database.write() as session:
                wait_for_other_imports(session)
                self._end(session, judged.ending[start : start + ENDED_AT_ONCE])
        return judged, added

    def _staged(self, session: Session) -> StagedRows:
        return StagedRows(session, self._newsletter_id)

    def _judge(
        self, session: Session, staged: StagedRows, rows: list[Row], *, lock: bool
    ) -> Judged:
        staged.load(rows, self._hashes, {}, self._now)
        known = self._known(session, staged, lock=lock)
        receiving = [
            known[row.key].subscription_id
            for row in rows
            if row.listed_as.is_gone and row.key in known and known[row.key].state in RECEIVING
        ]
        confirmed = confirmations(session, [one for one in receiving if one])
        return judge_rows(rows, Present(known, staged.suppressed(), confirmed))

    def _known(self, session: Session, staged: StagedRows, *, lock: bool) -> dict[str, Known]:
        ids = list(staged.known().values())
        return find_known(session, self._newsletter_id, ids, lock=lock)

    def _hash(self, rows: Sequence[Row]) -> None:
        key = self._context.settings.address_hash_key.encode()
        self._hashes = {row.key: hashed_address(row.address, key) for row in rows}

    def _add(self, session: Session, staged: StagedRows, judged: Judged, *, is_all: bool) -> int:
        """How many subscriptions are new. Who came in between by another way is left as they are,

        unless they are gone elsewhere. `is_all`: what is staged is what is to be added.
        """
        self._suppress(session, judged)
        rows = judged.beginning
        readers = {row.key: known.subscriber_id for known, row in judged.joining}
        added = self._add_staged(staged, rows, readers, is_all=is_all)
        if any(row.listed_as.suppression for row in judged.new):
            staged.link_suppressions()
        if added == len(rows):
            return added
        known = self._known(session, staged, lock=True)
        present = [(known[row.key], row) for row in rows if row.key in known]
        missing = [row for one, row in present if one.state is None]
        judged.ending += [
            (one, row) for one, row in present if row.listed_as.is_gone and one.state in RECEIVING
        ]
        readers = {row.key: known[row.key].subscriber_id for row in missing}
        return added + self._add_staged(staged, missing, readers, is_all=False)

    def _add_staged(
        self, staged: StagedRows, rows: list[Row], readers: dict[str, int], *, is_all: bool
    ) -> int:
        if not rows:
            return 0
        if not is_all:
            staged.load(rows, self._hashes, readers, self._now)
        is_told = not all(row.listed_as in _ACTIVE and not row.client_address for row in rows)
        if is_told:
            staged.tell([piece for row in rows for piece in self._evidence(row)])
        consent = f"{self._source.consent} {self._source.place_up_to_the_line}"
        return staged.add(self._now, consent, self._principal.name, is_told=is_told)

    def _suppress(self, session: Session, judged: Judged) -> None:
        """Before they are added, so that no other newsletter mails them meanwhile."""
        insert_suppressions(
            session,
            [
                {
                    "address_hash": self._hashes[row.key].current,
                    "reason": row.listed_as.suppression,
                    "source": SuppressionSource.IMPORT,
                    "detail": self._elsewhere(row),
                    "actor": self._principal.name,
                    "at": self._now,
                }
                for row in judged.new
                if row.listed_as.suppression
            ],
        )
        for known, row in judged.joining:
            if row.listed_as.suppression:
                self._suppress_known(session, known, row, row.listed_as.suppression)

    def _suppress_known(
        self, session: Session, known: Known, row: Row, reason: SuppressionReason
    ) -> None:
        subscriber = session.get_one(Subscriber, known.subscriber_id)
        if subscriber.address is None:  # erased meanwhile
            return
        suppress_subscriber(
            session,
            subscriber,
            address=self._hashes[row.key],
            cause=Cause(reason, SuppressionSource.IMPORT, self._elsewhere(row)),
            who=self._principal,
            now=self._now,
        )

    def _end(self, session: Session, ending: Sequence[tuple[Known, Row]]) -> None:
        leaving = {
            known.subscription_id: self._elsewhere(row)
            for known, row in ending
            if known.subscription_id and not row.listed_as.suppression
        }
        how = f"left elsewhere ({self._source.file_name or 'imported'})"
        withdraw_all(session, leaving, who=self._principal, how=how, at=self._now)
        for known, row in ending:
            if row.listed_as.suppression:
                self._suppress_known(session, known, row, row.listed_as.suppression)

    def _change(self, session: Session, changes: list[ReaderUpdate]) -> None:
        change = Change(Action.SUBSCRIBER_IMPORTED, self._principal, self._now)
        apply_updates(session, changes, change, how="imported")
        insert_evidence(
            session,
            [
                self._row_of_evidence(change.known.subscription_id, piece)
                for change in changes
                if change.confirms and change.known.subscription_id
                for piece in self._evidence(change.row)
            ],
        )

    def _row_of_evidence(self, subscription_id: int, piece: Evidence) -> dict[str, Any]:
        return {
            "subscription_id": subscription_id,
            "kind": piece.kind,
            "at": piece.at,
            "how": piece.how,
            "actor": self._principal.name,
            "client_address": piece.client_address,
        }

    def _evidence(self, row: Row) -> list[Evidence]:
        """Of the consent, as far as it is known, and of its end."""
        kind = ConsentKind.ASKED if row.listed_as is ListedAs.PENDING else ConsentKind.IMPORTED
        place = f"{self._source.place_up_to_the_line}{row.line})"
        at = row.consent_at or self._now
        how = f"{self._source.consent} {place}"
        begun = Evidence(row.line, kind, at, how, row.client_address)
        if not row.listed_as.is_gone:
            return [begun]
        reason = row.listed_as.suppression
        end = ConsentKind.SUPPRESSED if reason else ConsentKind.WITHDRAWN
        how = self._elsewhere(row)
        ended = Evidence(row.line, end, row.left_at or self._now, how)
        return [begun, ended] if row.consent_at else [ended]

    def _elsewhere(self, row: Row) -> str:
        since = f" on {said_day(row.left_at)}" if row.left_at else ""
        place = f"{self._source.place_up_to_the_line}{row.line})"
        return f"{row.listed_as} elsewhere{since} {place}"


_ACTIVE = frozenset({ListedAs.ACTIVE, ListedAs.PAUSED})
