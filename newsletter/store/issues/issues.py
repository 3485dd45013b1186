"""Lists and writes issues. editions.py reads an issue with its content."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, load_only

from newsletter.domain.errors import NotFound
from newsletter.domain.issues.issue import EntryContent, IssueContent, IssueState, SectionContent
from newsletter.domain.positions import positions_for
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.models import Entry, Issue, Newsletter, Section, Subscription

R = TypeVar("R", Section, Entry)

PAST = (IssueState.SENT, IssueState.CANCELLED, IssueState.IMPORTED)

_WITHOUT_TEXT = load_only(
    Issue.number,
    Issue.title,
    Issue.state,
    Issue.state_reason,
    Issue.issued_on,
    Issue.sent_at,
    Issue.scheduled_at,
    Issue.updated_at,
    raiseload=True,
)
"""What a line of a list shows: the rest of an issue may be long."""
_HEAD = ("title", "subject", "preheader", "intro", "number", "issued_on", "author")


def unfinished_issues_of(session: Session, newsletter_id: int, limit: int) -> list[Issue]:
    """What is going out, scheduled or a draft: the newest, without their content."""
    return list(
        session.scalars(
            select(Issue)
            .options(_WITHOUT_TEXT)
            .where(Issue.newsletter_id == newsletter_id, Issue.state.not_in(PAST))
            .order_by(Issue.state == IssueState.DRAFT, Issue.id.desc())
            .limit(limit)
        )
    )


def finished_issues_of(
    session: Session, newsletter_id: int, limit: int, *, search: str = "", before: int | None = None
) -> list[Issue]:
    """Sent, cancelled or imported: the newest, without their content. `before` is an issue's id."""
    wanted = select(Issue).options(_WITHOUT_TEXT)
    wanted = wanted.where(Issue.newsletter_id == newsletter_id, Issue.state.in_(PAST))
    if search:
        wanted = wanted.where(is_called(search))
    if before is not None:
        wanted = wanted.where(Issue.id < before)
    return list(session.scalars(wanted.order_by(Issue.id.desc()).limit(limit)))


def is_called(text: str) -> ColumnElement[bool]:
    """Whether it is a part of the issue's title, or its number with or without #."""
    title = Issue.title.icontains(text, autoescape=True)
    number = text.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < 9:
        return or_(title, Issue.number == int(number))
    return title


def count_by_state(session: Session, newsletter_id: int) -> dict[str, int]:
    rows = session.execute(
        select(Issue.state, func.count())
        .where(Issue.newsletter_id == newsletter_id)
        .group_by(Issue.state)
    )
    return {row[0]: row[1] for row in rows}


def newsletter_of_issue(session: Session, issue_id: int) -> int:
    """The newsletter's id. Raises NotFound."""
    newsletter_id = session.scalar(select(Issue.newsletter_id).where(Issue.id == issue_id))
    if newsletter_id is None:
        raise no_such_issue()
    return newsletter_id


def no_such_issue() -> NotFound:
    """Also for someone who may not know that there is one."""
    return NotFound("This issue does not exist.")


def version_and_state(session: Session, issue_id: int) -> tuple[int, str, str]:
    """And who saved it last. Raises NotFound."""
    wanted = select(Issue.version, Issue.state, Issue.updated_by).where(Issue.id == issue_id)
    row = session.execute(wanted).one_or_none()
    if row is None:
        raise no_such_issue()
    return row.version, row.state, row.updated_by


def entry_counts(session: Session, issue_ids: Collection[int]) -> dict[int, int]:
    """The number of entries by issue id, without issues that have none."""
    rows = session.execute(
        select(Section.issue_id, func.count(Entry.id))
        .join(Entry, Entry.section_id == Section.id)
        .where(Section.issue_id.in_(issue_ids))
        .group_by(Section.issue_id)
    )
    return {row[0]: row[1] for row in rows}


def lock_newsletter(session: Session, newsletter_id: int) -> None:
    """Locks the newsletter, so that two new issues get two numbers, and a name is stored once.
    Raises NotFound.
    """
    if session.get(Newsletter, newsletter_id, with_for_update=True) is None:
        raise NotFound("This newsletter does not exist.")


def is_number_taken(session: Session, issue: Issue, number: int) -> bool:
    return (
        session.scalar(
            select(Issue.id).where(
                Issue.newsletter_id == issue.newsletter_id,
                Issue.number == number,
                Issue.id != issue.id,
            )
        )
        is not None
    )


def active_readers(session: Session, newsletter_id: int) -> int:
    """How many readers would get an issue that is sent now."""
    count = session.scalar(
        select(func.count())
        .select_from(Subscription)
        .where(
            Subscription.newsletter_id == newsletter_id,
            Subscription.state == SubscriptionState.ACTIVE,
        )
    )
    return count or 0


def last_issue(session: Session, newsletter_id: int) -> int | None:
    """The id of the newest. One that was sent elsewhere counts where there is no other."""
    return session.scalar(
        select(Issue.id)
        .where(Issue.newsletter_id == newsletter_id)
        .order_by(Issue.state == IssueState.IMPORTED, Issue.id.desc())
        .limit(1)
    )


def last_sent_at(session: Session, newsletter_id: int) -> datetime | None:
    """When the newest of its sent issues was sent; None before the first."""
    return session.scalar(
        select(func.max(Issue.state_at)).where(
            Issue.newsletter_id == newsletter_id, Issue.state == IssueState.SENT
        )
    )


def put_content(issue: Issue, content: IssueContent, *, keeps_ids: bool = False) -> None:
    """Writes what is different, row by row, and deletes what `content` does not have.

    An id that is not one of this issue's, or that comes a second time, is new text: it gets a row
    and an id of its own; with `keeps_ids` one of that id, for what was this issue's and comes back.
    `issue` is locked, with its sections and entries. What changes gets the version that the issue
    has after this save.
    """
    version = issue.version + 1
    head = {name: getattr(content, name) for name in _HEAD}
    if _put(issue, head):
        issue.head_version = version
    _put_sections(issue, content.sections, version, keeps_ids=keeps_ids)


def _put_sections(
    issue: Issue, contents: Iterable[SectionContent], version: int, *, keeps_ids: bool
) -> None:
    sections: dict[int, Section] = {section.id: section for section in issue.sections}
    entries: dict[int, Entry] = {
        entry.id: entry for section in issue.sections for entry in section.entries
    }
    placed = [
        (
            _section_row(_found(Section, sections, section.id, keeps_ids), section, version),
            [
                _entry_row(_found(Entry, entries, entry.id, keeps_ids), entry, version)
                for entry in section.entries
            ],
        )
        for section in contents
    ]
    for gone in sections.values():  # what is left of it goes with it
        gone.entries = [entry for entry in gone.entries if entry.id in entries]
    for section, its_entries in placed:
        _place_entries(section, its_entries)
    _place_sections(issue, [section for section, _ in placed])


def _found(kind: type[R], rows: dict[int, R], row_id: int | None, keeps_id: bool) -> R:  # noqa: FBT001
    """Its row, or a new one. No row is found twice."""
    row = rows.pop(row_id or 0, None)
    if row is None:
        row = kind(id=row_id if keeps_id else None)
        if isinstance(row, Section):
            row.entries = []
    return row


def _section_row(row: Section, content: SectionContent, version: int) -> Section:
    values = {"title": content.title, "intro": content.intro, "layout": content.layout}
    if _put(row, values):
        row.version = version
    return row


def _entry_row(row: Entry, content: EntryContent, version: int) -> Entry:
    values = {
        "title": content.title,
        "url": content.url,
        "sources": list(content.sources),
        "body": content.body,
        "plain_links": content.plain_links,
        "link_parameters": content.link_parameters,
        "author": content.author,
    }
    if _put(row, values):
        row.version = version
    return row


def _put(row: Issue | Section | Entry, values: Mapping[str, object]) -> bool:
    """Whether any of them is new."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def _place_entries(section: Section, entries: list[Entry]) -> None:
    """A position counts only in the section that it was given for."""
    current = [entry.position if entry.section_id == section.id else None for entry in entries]
    for entry, position in zip(entries, positions_for(current), strict=True):
        entry.position = position
    section.entries = entries


def _place_sections(issue: Issue, sections: list[Section]) -> None:
    current = [section.position for section in sections]
    for section, position in zip(sections, positions_for(current), strict=True):
        section.position = position
    issue.sections = sections
