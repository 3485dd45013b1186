"""A list of subscribers comes in from a CSV file: checked, then taken in chunk by chunk.

A chunk is one transaction. Whatever stops an import, running it again completes it: it adds who
is missing, changes what differs, and never brings back anybody who left, here or elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

from newsletter.domain.actions import Action
from newsletter.domain.readers.address_spellings import Tidying
from newsletter.domain.readers.listed_as import ListedAs
from newsletter.domain.readers.subscriber_rows import LeftOut, Row
from newsletter.domain.staff.principals import Principal
from newsletter.reading.subscriber_lists.choices import ListChoices
from newsletter.reading.subscriber_lists.columns import Column
from newsletter.reading.subscriber_lists.rows import RowReader
from newsletter.reading.subscriber_lists.seen_addresses import SeenAddresses
from newsletter.reading.subscriber_lists.sheets import NO_CHOICES, Sheet, opened_sheet
from newsletter.reading.subscriber_lists.survey import Survey, take_survey
from newsletter.store.events import Change, record_change
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.readers.find_subscriber import required_text
from newsletter.usecases.readers.judge_rows import Judged
from newsletter.usecases.readers.take_rows import Source, Taker

ROWS_IN_A_CHUNK = 10_000
MOST_SHOWN = 200
MOST_TIDIED_SHOWN = 20
CONSENT_IS_NEEDED = "Say how these people agreed to get email."


@dataclass(frozen=True, slots=True)
class TidiedAddress:
    line: int
    given: str
    address: str


@dataclass(slots=True)
class ImportReport:
    """`shown` are the first of those left out; `rows_with_extra_cells` were taken without them.

    `new_as` counts the new ones by what they are, `ended_as` those who received the newsletter
    until the file said that they are gone; these are among `updated`. `tidied` counts addresses by
    what was taken off them.
    """

    rows: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    left_out: int = 0
    new_as: dict[ListedAs, int] = field(default_factory=dict)
    ended_as: dict[ListedAs, int] = field(default_factory=dict)
    shown: list[LeftOut] = field(default_factory=list)
    tidied: dict[Tidying, int] = field(default_factory=dict)
    tidied_shown: list[TidiedAddress] = field(default_factory=list)
    service: str = ""
    columns: tuple[Column, ...] = ()
    rows_with_extra_cells: int = 0


Report = Callable[[LeftOut], None]
Progress = Callable[[int], None]


def check_import(  # noqa: PLR0913  where from, where to, and whom to tell
    context: Context,
    slug: str,
    file: BinaryIO,
    principal: Principal,
    on_left_out: Report | None = None,
    *,
    choices: ListChoices = NO_CHOICES,
    file_name: str = "",
) -> ImportReport:
    """What an import of the file would do, without doing it.

    Raises InvalidInput, among them UnknownEncoding, UnclearColumns and UnclearStates, which ask for
    choices; and NotFound.
    """
    require_for_newsletter(context, principal, "check_import", slug)
    source = Source("", file_name, choices)
    return _Import(context, slug, file, source, principal, is_dry=True).run(on_left_out, None)


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
    """`on_progress` gets the bytes read so far.

    Raises what check_import raises, before anything is done.
    """
    require_for_newsletter(context, principal, "import_subscribers", slug)
    consent = required_text(source.consent, "consent", CONSENT_IS_NEEDED)
    checked = Source(consent, source.file_name, source.choices)
    importing = _Import(context, slug, file, checked, principal, is_dry=False)
    return importing.run(on_left_out, on_progress)


class _Import:
    """One going through of one file."""

    def __init__(  # noqa: PLR0913  the arguments of the use case
        self,
        context: Context,
        slug: str,
        file: BinaryIO,
        source: Source,
        principal: Principal,
        *,
        is_dry: bool,
    ) -> None:
        self.context = context
        self.file = file
        self.source = source
        self.principal = principal
        self.is_dry = is_dry
        self.now = context.now()
        self.seen = SeenAddresses()
        self.report = ImportReport()
        with context.database.read() as session:
            self.newsletter_id = newsletter_by_slug(session, slug).id
        self.taker = Taker(context, self.newsletter_id, source, principal)

    def run(self, on_left_out: Report | None, on_progress: Progress | None) -> ImportReport:
        survey = self._survey()
        with opened_sheet(self.file, self.source.choices, self.source.file_name) as sheet:
            self.report.columns = sheet.columns
            self.report.service = sheet.service.name if sheet.service else ""
            judged = self._judged_rows(sheet, survey)
            while chunk := list(islice(judged, ROWS_IN_A_CHUNK)):
                self._take(chunk, on_left_out or _ignore)
                (on_progress or _ignore)(self.file.tell())
        self._note_event()
        return self.report

    def _survey(self) -> Survey:
        """Of a file that says who is subscribed, all of it is read before anything is done."""
        with opened_sheet(self.file, self.source.choices, self.source.file_name) as sheet:
            if sheet.problem:
                raise sheet.problem
            return take_survey(sheet, self.now) if sheet.state_columns else Survey()

    def _judged_rows(self, sheet: Sheet, survey: Survey) -> Iterator[Row | LeftOut]:
        judge = RowReader(sheet, self.now).judge
        for record in sheet.records:
            self.report.rows += 1
            self.report.rows_with_extra_cells += sheet.cells_beyond(record)
            row = judge(record)
            if isinstance(row, Row):
                if row.tidyings:
                    self._note_tidied(row)
                row = survey.contradicts(row) or self._is_double(row) or row
            yield row

    def _is_double(self, row: Row) -> LeftOut | None:
        first_line = self.seen.first_line(row.key, row.line)
        if not first_line:
            return None
        return LeftOut(row.line, row.address, f"the same address as line {first_line}")

    def _note_tidied(self, row: Row) -> None:
        for tidying in row.tidyings:
            self.report.tidied[tidying] = self.report.tidied.get(tidying, 0) + 1
        if len(self.report.tidied_shown) < MOST_TIDIED_SHOWN:
            self.report.tidied_shown.append(TidiedAddress(row.line, row.given, row.address))

    def _take(self, chunk: list[Row | LeftOut], on_left_out: Report) -> None:
        rows = [row for row in chunk if isinstance(row, Row)]
        left_out = [row for row in chunk if isinstance(row, LeftOut)]
        if rows:
            judged, added = self.taker.look(rows) if self.is_dry else self.taker.take(rows)
            self._count(judged, added)
            left_out += judged.left_out
        for row in sorted(left_out, key=lambda row: row.line):
            self.report.left_out += 1
            if len(self.report.shown) < MOST_SHOWN:
                self.report.shown.append(row)
            on_left_out(row)

    def _count(self, judged: Judged, added: int) -> None:
        report = self.report
        changed = {change.row.key for change in judged.changes}
        joining = {row.key for _, row in judged.joining}
        report.new += added
        report.updated += len(changed - joining) + len(judged.ending)
        report.unchanged += judged.unchanged + len(judged.new) + len(joining) - added
        for row in judged.beginning:
            report.new_as[row.listed_as] = report.new_as.get(row.listed_as, 0) + 1
        for _, row in judged.ending:
            report.ended_as[row.listed_as] = report.ended_as.get(row.listed_as, 0) + 1

    def _note_event(self) -> None:
        if self.is_dry or not (self.report.new or self.report.updated):
            return
        facts = {
            "consent": self.source.consent,
            "file": self.source.file_name,
            "new": self.report.new,
            "updated": self.report.updated,
            "left_out": self.report.left_out,
        }
        change = Change(
            Action.NEWSLETTER_SUBSCRIBERS_IMPORTED, self.principal, self.context.now(), facts
        )
        with self.context.database.write() as session:
            record_change(session, change, self.newsletter_id)


def _ignore(_: Any) -> None:
    pass
