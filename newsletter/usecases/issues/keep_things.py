"""What the page of an issue asks for while someone writes: one thing saved, added, moved, removed.

Each is one short transaction. Two editors never overwrite one another:
see domain/issues/field_saves.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import InvalidInput, NotFound
from newsletter.domain.issues.field_saves import FieldConflict, apply_texts, merge_fields
from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent
from newsletter.domain.issues.issue_checks import MOST_ENTRIES, MOST_SECTIONS
from newsletter.domain.issues.issue_texts import texts_of
from newsletter.domain.issues.issue_things import (
    LAST,
    Kind,
    Thing,
    moved,
    things_of,
    with_entry,
    with_section,
    without,
)
from newsletter.domain.issues.versions import KEPT_REMOVED, Removed, brought_back, removed_things
from newsletter.domain.staff.principals import Principal
from newsletter.store.issues.editions import content_of, issue_with_content
from newsletter.store.issues.issues import is_number_taken, put_content
from newsletter.store.issues.versions import versions_of
from newsletter.store.models import Issue
from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import mark_kept, record_saved, require_writable
from newsletter.usecases.permissions import require_for_issue

NEW_ENTRY = EntryContent("", "", (), "")
NEW_SECTION = SectionContent("", ())


@dataclass(frozen=True, slots=True)
class KeptThing:
    """`version` is the issue's. `by` and `at` say who changed it last, before this."""

    thing: Thing
    version: int
    saved: dict[str, str]
    problems: dict[str, str]
    conflicts: dict[str, FieldConflict]
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewThing:
    """`section` and `after` are as in domain/issues/issue_things.py.

    `key` is the page's own name for the thing.
    """

    kind: Kind
    section: int | None = None
    after: int | str | None = LAST
    key: str = ""


def save_thing(  # noqa: PLR0913, PLR0917  what, over what, and by whom
    context: Context,
    issue_id: int,
    thing: Thing,
    texts: Mapping[str, str],
    base: Mapping[str, str],
    principal: Principal,
) -> KeptThing:
    """Raises ThingGone, Conflict if it is no longer a draft, and InvalidInput."""
    require_for_issue(context, principal, "save_thing", issue_id)
    with _open(context, issue_id) as (session, issue, stored):
        by, at = issue.updated_by, issue.updated_at
        merged = merge_fields(stored, thing, texts, base, context.now().date())
        content, problems = merged.content, dict(merged.problems)
        saved = dict(merged.saved)
        if "number" in saved and content.number and is_number_taken(session, issue, content.number):
            problems["number"] = f"Issue {content.number} already exists."
            content = replace(content, number=stored.number)
            del saved["number"]
        _put(context, session, issue, principal, stored, content)
        return KeptThing(thing, issue.version, saved, problems, merged.conflicts, by, at)


def add_thing(
    context: Context,
    issue_id: int,
    addition: NewThing,
    texts: Mapping[str, str],
    principal: Principal,
) -> KeptThing:
    """An entry or a section. The one with the same key is added once."""
    require_for_issue(context, principal, "add_thing", issue_id)
    with _open(context, issue_id) as (session, issue, stored):
        thing = _added_before(issue, addition)
        if thing is not None:
            saved = texts_of(things_of(stored)[thing])
            return KeptThing(thing, issue.version, saved, {}, {})
        _require_room(stored, addition.kind)
        thing = _add_row(session, issue, stored, addition)
        today, with_ids = context.now().date(), content_of(issue)
        filled, problems = apply_texts(with_ids, thing, texts, today) if texts else (with_ids, {})
        _put(context, session, issue, principal, stored, filled)
        saved = texts_of(things_of(filled)[thing])
        return KeptThing(thing, issue.version, saved, problems, {})


def remove_thing(context: Context, issue_id: int, thing: Thing, principal: Principal) -> int:
    """The new version. A section goes with its entries. Raises ThingGone."""
    require_for_issue(context, principal, "remove_thing", issue_id)
    with _open(context, issue_id) as (session, issue, stored):
        _put(context, session, issue, principal, stored, without(stored, thing))
        return issue.version


def move_thing(  # noqa: PLR0913, PLR0917  what, where to, and by whom
    context: Context,
    issue_id: int,
    thing: Thing,
    section: int | None,
    after: int | str | None,
    principal: Principal,
) -> int:
    """The new version. Raises ThingGone, also for a section that is not there any more."""
    require_for_issue(context, principal, "move_thing", issue_id)
    with _open(context, issue_id) as (session, issue, stored):
        _put(context, session, issue, principal, stored, moved(stored, thing, section, after))
        return issue.version


def restore_thing(context: Context, issue_id: int, thing: Thing, principal: Principal) -> KeptThing:
    """Brings back what was removed. Raises NotFound for what is gone for good."""
    require_for_issue(context, principal, "restore_thing", issue_id)
    with _open(context, issue_id) as (session, issue, stored):
        found = things_of(stored).get(thing)
        if found is None:
            removed = _removed(context, session, issue_id, stored, thing)
            content = brought_back(stored, removed)
            _put(context, session, issue, principal, stored, content)
            found = removed.piece
        return KeptThing(thing, issue.version, texts_of(found), {}, {})


@contextmanager
def _open(context: Context, issue_id: int) -> Iterator[tuple[Session, Issue, IssueContent]]:
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        require_writable(issue)
        yield session, issue, content_of(issue)


def _put(  # noqa: PLR0913, PLR0917  as mark_kept
    context: Context,
    session: Session,
    issue: Issue,
    principal: Principal,
    stored: IssueContent,
    content: IssueContent,
) -> None:
    if content is stored or content == stored:
        return
    put_content(issue, content, keeps_ids=True)
    if mark_kept(context, session, issue, principal, Action.ISSUE_SAVED, stored):
        record_saved(context, session, issue, principal)


def _add_row(session: Session, issue: Issue, stored: IssueContent, new: NewThing) -> Thing:
    put_content(issue, _with_new(stored, new))
    session.flush()
    (thing,) = _of_kind(content_of(issue), new.kind) - _of_kind(stored, new.kind)
    _row_of(issue, thing).key = new.key
    return thing


def _with_new(content: IssueContent, new: NewThing) -> IssueContent:
    if new.kind is Kind.SECTION:
        return with_section(content, NEW_SECTION, new.after)
    return with_entry(content, NEW_ENTRY, new.section, new.after)


def _require_room(content: IssueContent, kind: Kind) -> None:
    if kind is Kind.ISSUE:
        raise InvalidInput("Add an entry or a section.", field="kind")
    if kind is Kind.ENTRY and len(content.entries) >= MOST_ENTRIES:
        raise InvalidInput(f"An issue has up to {MOST_ENTRIES:,} entries. Make it two issues.")
    if kind is Kind.SECTION and len(content.sections) >= MOST_SECTIONS:
        raise InvalidInput(f"An issue has up to {MOST_SECTIONS:,} sections. Make it two issues.")


def _of_kind(content: IssueContent, kind: Kind) -> set[Thing]:
    return {thing for thing in things_of(content) if thing.kind is kind}


def _added_before(issue: Issue, new: NewThing) -> Thing | None:
    rows: list[Any] = (
        list(issue.sections)
        if new.kind is Kind.SECTION
        else [entry for section in issue.sections for entry in section.entries]
    )
    return next((Thing(new.kind, row.id) for row in rows if new.key and row.key == new.key), None)


def _row_of(issue: Issue, thing: Thing) -> Any:
    if thing.kind is Kind.SECTION:
        return next(row for row in issue.sections if row.id == thing.id)
    return next(e for section in issue.sections for e in section.entries if e.id == thing.id)


def _removed(
    context: Context, session: Session, issue_id: int, stored: IssueContent, thing: Thing
) -> Removed:
    since = context.now() - KEPT_REMOVED
    found = removed_things(versions_of(session, issue_id), stored, since)
    removed = next((one for one in found if one.thing == thing), None)
    if removed is None:
        raise NotFound(f"This {thing.kind} is gone for good.")
    return removed
