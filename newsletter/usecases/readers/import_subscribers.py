"""A list of subscribers comes in from a CSV file: checked, then taken in chunk by chunk.

A chunk is one transaction. Whatever stops an import, running it again completes it: it adds who
is lacking, changes what differs, and never brings back anybody who left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.addresses import HashedAddress, hashed_address
from newsletter.domain.consent import ConsentKind, SubscriptionState
from newsletter.domain.principals import Principal
from newsletter.domain.subscriber_rows import LeftOut, Row, merged_tags
from newsletter.reading.subscriber_lists.csv_records import open_text
from newsletter.reading.subscriber_lists.seen_addresses import SeenAddresses
from newsletter.reading.subscriber_lists.sheets import Sheet, judge_row, open_sheet
from newsletter.store.events import Change, record_event
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.store.readers.imports import (
    Known,
    ReaderUpdate,
    apply_updates,
    find_known,
    insert_evidence,
)
from newsletter.store.readers.staged_rows import StagedRows
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.readers.find_subscriber import required_text

ROWS_IN_A_CHUNK = 10_000
MOST_SHOWN = 200
CONSENT_IS_NEEDED = "Say how these people agreed to get email."


@dataclass(slots=True)
class ImportReport:
    """`shown` are the first of those left out; `rows_with_extra_cells` were taken without them."""

    rows: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    left_out: int = 0
    shown: list[LeftOut] = field(default_factory=list)
    unused_columns: tuple[str, ...] = ()
    rows_with_extra_cells: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """Where readers come from: `consent` is how they agreed, in the words of who brings them."""

    consent: str
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class _Judged:
    """What is to be done with the rows of a chunk. `joining` are known from other newsletters."""

    new: list[Row]
    joining: list[tuple[Known, Row]]
    changes: list[ReaderUpdate]
    unchanged: int
    left_out: list[LeftOut]


Report = Callable[[LeftOut], None]
Progress = Callable[[int], None]


def check_import(
    context: Context,
    slug: str,
    file: BinaryIO,
    principal: Principal,
    on_left_out: Report | None = None,
) -> ImportReport:
    """What an import of the file would do, without doing it. Raises InvalidInput, NotFound."""
    require_for_newsletter(context, principal, "check_import", slug)
    return _Import(context, slug, file, None, principal, on_left_out, None).run()


def import_subscribers(  # noqa: PLR0913  where from, where to, and whom to tell
    context: Context,
    slug: str,
    file: BinaryIO,
    source: Source,
    principal: Principal,
    *,
    on_left_out: Report | None = None,
    on_progress: Progress | None = None,
) -> ImportReport:
    """`on_progress` is told the bytes read so far. Raises InvalidInput before anything is done."""
    require_for_newsletter(context, principal, "import_subscribers", slug)
    consent = required_text(source.consent, "consent", CONSENT_IS_NEEDED)
    checked = Source(consent, source.file_name)
    return _Import(context, slug, file, checked, principal, on_left_out, on_progress).run()


class _Import:
    """One going through of one file. Without a `source`, nothing is written."""

    def __init__(  # noqa: PLR0913, PLR0917  the arguments of the use case
        self,
        context: Context,
        slug: str,
        file: BinaryIO,
        source: Source | None,
        principal: Principal,
        on_left_out: Report | None,
        on_progress: Progress | None,
    ) -> None:
        self.context = context
        self.file = file
        self.source = source
        self.principal = principal
        self.on_left_out = on_left_out or _ignore
        self.on_progress = on_progress or _ignore
        self.seen = SeenAddresses()
        self.report = ImportReport()
        with context.database.read() as session:
            self.newsletter_id = newsletter_by_slug(session, slug).id

    def run(self) -> ImportReport:
        text = open_text(self.file)
        try:
            sheet = open_sheet(text)
            self.report.unused_columns = sheet.unused
            judged = self._judged_rows(sheet)
            while chunk := list(islice(judged, ROWS_IN_A_CHUNK)):
                self._take(chunk)
                self.on_progress(self.file.tell())
        finally:
            text.detach()
        self._note_event()
        return self.report

    def _judged_rows(self, sheet: Sheet) -> Iterator[Row | LeftOut]:
        now = self.context.now()
        for record in sheet.records:
            self.report.rows += 1
            self.report.rows_with_extra_cells += sheet.cells_beyond(record)
            row = judge_row(sheet, record, now)
            if isinstance(row, Row):
                first_line = self.seen.first_line(row.key, row.line)
                if first_line:
                    row = LeftOut(row.line, row.address, f"the same address as line {first_line}")
            yield row

    def _take(self, chunk: list[Row | LeftOut]) -> None:
        rows = [row for row in chunk if isinstance(row, Row)]
        left_out = [row for row in chunk if isinstance(row, LeftOut)]
        if rows:
            judged = self._write(rows) if self.source else self._look(rows)
            left_out += judged.left_out
        for row in sorted(left_out, key=lambda row: row.line):
            self.report.left_out += 1
            if len(self.report.shown) < MOST_SHOWN:
                self.report.shown.append(row)
            self.on_left_out(row)

    def _look(self, rows: list[Row]) -> _Judged:
        with self.context.database.read() as session:
            staged = StagedRows(session, self.newsletter_id)
            judged = self._judge(session, staged, rows, lock=False)
        self._count(judged, len(judged.new) + len(judged.joining))
        return judged

    def _write(self, rows: list[Row]) -> _Judged:
        with self.context.database.write() as session:
            staged = StagedRows(session, self.newsletter_id)
            judged = self._judge(session, staged, rows, lock=True)
            added = self._add(session, staged, judged, is_all=len(judged.new) == len(rows))
            self._change(session, judged.changes)
        self._count(judged, added)
        return judged

    def _judge(
        self, session: Session, staged: StagedRows, rows: list[Row], *, lock: bool
    ) -> _Judged:
        staged.load(rows, self._hashes(rows), {}, self.context.now())
        ids = list(staged.known().values())
        known = find_known(session, self.newsletter_id, ids, lock=lock)
        suppressed = staged.suppressed()
        if not known and not suppressed:
            return _Judged(rows, [], [], 0, [])
        judged = _Judged([], [], [], 0, [])
        unchanged = 0
        for row in rows:
            there = known.get(row.key)
            reason = _why_not(there, suppressed.get(row.key, ""))
            if reason:
                judged.left_out.append(LeftOut(row.line, row.address, reason))
            elif there is None:
                judged.new.append(row)
            else:
                unchanged += not _place(judged, there, row)
        return _Judged(judged.new, judged.joining, judged.changes, unchanged, judged.left_out)

    def _hashes(self, rows: list[Row]) -> dict[str, HashedAddress]:
        key = self.context.settings.address_hash_key.encode()
        return {row.key: hashed_address(row.address, key) for row in rows}

    def _add(self, session: Session, staged: StagedRows, judged: _Judged, *, is_all: bool) -> int:
        """How many subscriptions are new. Who came in between by another way is left as they are.

        `is_all`: what is staged is what is to be added.
        """
        readers = {row.key: known.subscriber_id for known, row in judged.joining}
        rows = [*judged.new, *(row for _, row in judged.joining)]
        added = self._add_staged(staged, rows, readers, is_all=is_all)
        if added == len(rows):
            return added
        ids = list(staged.known().values())
        known = find_known(session, self.newsletter_id, ids, lock=True)
        lacking = [row for row in rows if row.key in known and known[row.key].state is None]
        readers = {row.key: known[row.key].subscriber_id for row in lacking}
        return added + self._add_staged(staged, lacking, readers, is_all=False)

    def _add_staged(
        self, staged: StagedRows, rows: list[Row], readers: dict[str, int], *, is_all: bool
    ) -> int:
        if not rows:
            return 0
        now, source = self.context.now(), self.source or Source("")
        if not is_all:
            staged.load(rows, self._hashes(rows), readers, now)
        return staged.add(now, _consent_up_to_the_line(source), self.principal.name)

    def _change(self, session: Session, changes: list[ReaderUpdate]) -> None:
        change = Change(Action.SUBSCRIBER_IMPORTED, self.principal, self.context.now())
        apply_updates(session, changes, change, how="imported")
        insert_evidence(
            session,
            [
                self._evidence(change.known.subscription_id, change.row)
                for change in changes
                if change.confirms and change.known.subscription_id
            ],
        )

    def _evidence(self, subscription_id: int, row: Row) -> dict[str, Any]:
        source = self.source or Source("")
        return {
            "subscription_id": subscription_id,
            "kind": ConsentKind.IMPORTED,
            "at": row.consent_at or self.context.now(),
            "how": f"{_consent_up_to_the_line(source)}{row.line})",
            "actor": self.principal.name,
        }

    def _count(self, judged: _Judged, added: int) -> None:
        changed = {change.row.key for change in judged.changes}
        joining = {row.key for _, row in judged.joining}
        self.report.new += added
        self.report.updated += len(changed - joining)
        self.report.unchanged += judged.unchanged + len(judged.new) + len(joining) - added

    def _note_event(self) -> None:
        if self.source is None or not (self.report.new or self.report.updated):
            return
        with self.context.database.write() as session:
            record_event(
                session,
                at=self.context.now(),
                who=self.principal,
                action=Action.NEWSLETTER_SUBSCRIBERS_IMPORTED,
                subject_id=self.newsletter_id,
                facts={
                    "consent": self.source.consent,
                    "file": self.source.file_name,
                    "new": self.report.new,
                    "updated": self.report.updated,
                    "left_out": self.report.left_out,
                },
            )


def _consent_up_to_the_line(source: Source) -> str:
    where = f"{source.file_name}, line" if source.file_name else "line"
    return f"{source.consent} ({where} "


def _why_not(known: Known | None, suppressed_as: str) -> str:
    """Why nobody is made of this row, or ""."""
    if suppressed_as:
        return f"the address is suppressed ({suppressed_as}): no newsletter sends to it"
    if known is None or known.state is None:
        return ""
    if known.state == SubscriptionState.UNSUBSCRIBED:
        return f"unsubscribed on {known.state_at:%Y-%m-%d}; imports do not resubscribe people"
    if known.state == SubscriptionState.SUPPRESSED:
        return "the subscription is suppressed"
    if known.has_withdrawn:
        return "unsubscribed before and has not confirmed again"
    return ""


def _place(judged: _Judged, known: Known, row: Row) -> bool:
    """False when the row says nothing new of a reader who is there."""
    if known.state is None:
        judged.joining.append((known, row))
    change = ReaderUpdate(
        row=row,
        known=known,
        name=row.name or known.name,
        attributes={**known.attributes, **row.attributes},
        tags=known.tags if known.state is None else merged_tags(known.tags, row.tags),
        confirms=known.state == SubscriptionState.PENDING,
    )
    is_different = (change.name, change.attributes, change.tags) != (
        known.name,
        known.attributes,
        known.tags,
    )
    if is_different or change.confirms:
        judged.changes.append(change)
        return True
    return known.state is None


def _ignore(_: Any) -> None:
    pass
