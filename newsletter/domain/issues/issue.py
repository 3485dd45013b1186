"""An issue: what it is made of, the states of its life, and when it may be sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from newsletter.domain.errors import InvalidInput
from newsletter.domain.said_times import said_local, said_time
from newsletter.domain.transitions import Transitions


class IssueState(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"
    IMPORTED = "imported"
    """Sent elsewhere. It has no edition, and no transition leads from it: it can't be sent."""


_S = IssueState

TRANSITIONS: Transitions[IssueState] = Transitions(
    {
        (_S.DRAFT, _S.SCHEDULED),
        (_S.DRAFT, _S.SENDING),
        (_S.SCHEDULED, _S.SCHEDULED),  # for another time
        (_S.SCHEDULED, _S.DRAFT),
        (_S.SCHEDULED, _S.SENDING),
        (_S.SCHEDULED, _S.PAUSED),  # nothing was running when it was due
        (_S.SCHEDULED, _S.CANCELLED),
        (_S.SENDING, _S.PAUSED),
        (_S.SENDING, _S.SENT),
        (_S.SENDING, _S.CANCELLED),
        (_S.PAUSED, _S.SENDING),
        (_S.PAUSED, _S.DRAFT),  # only while it has no edition
        (_S.PAUSED, _S.CANCELLED),
        (_S.SENT, _S.SENDING),  # copies that did not arrive are sent again
    }
)
FIRST_STATE = _S.DRAFT
WRITABLE = frozenset({_S.DRAFT, _S.SCHEDULED})
"""In which an issue can be changed: what is saved until it is frozen goes out."""


class Layout(StrEnum):
    """How the entries of a section look. Automatic: runs of short ones are lines."""

    AUTOMATIC = ""
    CARDS = "cards"
    LINES = "lines"


def layout_of(text: str) -> Layout:
    """Automatic for what is none."""
    return Layout(text) if text in set(Layout) else Layout.AUTOMATIC


@dataclass(frozen=True, slots=True)
class EntryContent:
    """`body` is Markdown; `url` is "" when the entry has no link.

    `id` is that of its row, None for one that has not been saved. What reads the same is equal.
    With `plain_links` its links are neither counted nor given parameters; `link_parameters` come on
    top of the newsletter's.
    """

    title: str
    url: str
    sources: tuple[str, ...]
    body: str
    id: int | None = field(default=None, compare=False)
    plain_links: bool = False
    link_parameters: str = ""
    author: str = ""

    @property
    def is_blank(self) -> bool:
        """Nothing was filled in yet."""
        texts = (self.title, self.url, self.body, self.author)
        return not self.sources and not any(text.strip() for text in texts)


@dataclass(frozen=True, slots=True)
class SectionContent:
    """`id` as that of an entry; `intro` is Markdown, shown below the title."""

    title: str
    entries: tuple[EntryContent, ...]
    intro: str = ""
    id: int | None = field(default=None, compare=False)
    layout: Layout = Layout.AUTOMATIC
    """Automatic: as the newsletter's settings say."""

    @property
    def is_empty(self) -> bool:
        """Nothing is below its heading."""
        return not self.intro.strip() and all(entry.is_blank for entry in self.entries)


@dataclass(frozen=True, slots=True)
class IssueContent:
    """All that an editor writes of an issue; `intro` is Markdown, `number` None until given.

    `issued_on` is the issue's own date, None where it is the day it is sent.
    """

    title: str
    subject: str
    preheader: str
    intro: str
    number: int | None
    sections: tuple[SectionContent, ...]
    issued_on: date | None = None
    author: str = ""

    @property
    def entries(self) -> tuple[EntryContent, ...]:
        return tuple(entry for section in self.sections for entry in section.entries)

    @property
    def section_names(self) -> tuple[str, ...]:
        """In the order of `sections`."""
        return tuple(name_of("section", one.id, at) for at, one in enumerate(self.sections, 1))

    @property
    def entry_names(self) -> tuple[str, ...]:
        """In the order of `entries`."""
        return tuple(name_of("entry", one.id, at) for at, one in enumerate(self.entries, 1))


def without_blanks(content: IssueContent) -> IssueContent:
    """What is mailed and archived of it: empty sections and blank entries wait to be written."""
    sections = tuple(
        replace(section, entries=tuple(one for one in section.entries if not one.is_blank))
        for section in content.sections
        if not section.is_empty
    )
    return content if sections == content.sections else replace(content, sections=sections)


def name_of(kind: str, row_id: int | None, ordinal: int) -> str:
    """What forms, findings and anchors call a section or an entry: `entry-17` by its id.

    Before it has one it is named by its place in the issue, counted from 1: `entry-new-2`.
    """
    return f"{kind}-new-{ordinal}" if row_id is None else f"{kind}-{row_id}"


NEW_ENTRY = "entry-new-"
"""How the names of entries begin that have no id yet."""


class SkippedHour(InvalidInput):
    """That local time does not exist: daylight saving skips it. `next_possible` is local."""

    def __init__(self, wanted: datetime, next_possible: datetime, zone: str) -> None:
        super().__init__(
            f"{said_local(wanted)} does not exist in {zone}, because the clocks go forward.",
            advice=f"The next possible time is {said_local(next_possible)}.",
            field="scheduled_at",
        )
        self.next_possible = next_possible


class DoubleHour(InvalidInput):
    """That local time comes twice; `earlier` and `later` are the two moments, aware UTC."""

    def __init__(self, wanted: datetime, earlier: datetime, later: datetime, zone: str) -> None:
        super().__init__(
            f"{said_local(wanted)} occurs twice in {zone}, because the clocks go back.",
            advice="Choose the first or the second.",
            field="fold",
        )
        self.earlier = earlier
        self.later = later


def moment_of_local_time(wanted: datetime, zone: str, fold: int | None = None) -> datetime:
    """The aware UTC moment of a naive local time; `fold` 0 or 1 chooses in the double hour.

    Raises SkippedHour, or DoubleHour when `fold` is None and the time comes twice.
    """
    tz = ZoneInfo(zone)
    first = wanted.replace(tzinfo=tz, fold=0)
    second = wanted.replace(tzinfo=tz, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if first.astimezone(UTC).astimezone(tz).replace(tzinfo=None) != wanted:
        raise SkippedHour(wanted, _end_of_gap(wanted, tz), zone)
    if fold is None:
        raise DoubleHour(wanted, first.astimezone(UTC), second.astimezone(UTC), zone)
    return (second if fold else first).astimezone(UTC)


def _end_of_gap(wanted: datetime, tz: ZoneInfo) -> datetime:
    """The first local minute after the gap: the moment at which the offset changes."""
    low = wanted.replace(tzinfo=tz, fold=1).astimezone(UTC) - timedelta(hours=3)
    high = wanted.replace(tzinfo=tz, fold=0).astimezone(UTC) + timedelta(hours=3)
    before = low.astimezone(tz).utcoffset()
    while high - low > timedelta(minutes=1):
        middle = (low + (high - low) / 2).replace(second=0, microsecond=0)
        if middle in (low, high):
            break
        if middle.astimezone(tz).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.astimezone(tz).replace(tzinfo=None)


def require_future(moment: datetime, now: datetime, zone: str) -> None:
    if moment <= now:
        raise InvalidInput(
            "That time is in the past.",
            advice=f"It is now {said_time(now, zone)} in {zone}. Choose a later time, or send now.",
            field="scheduled_at",
        )
