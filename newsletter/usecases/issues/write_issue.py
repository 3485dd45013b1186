"""Writing an issue: begin one, save it, delete a draft. Two editors can't overwrite one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import Conflict
from newsletter.domain.issues.issue import (
    FIRST_STATE,
    WRITABLE,
    EntryContent,
    IssueContent,
    IssueState,
)
from newsletter.domain.issues.issue_checks import problems_of
from newsletter.domain.issues.partial_saves import keep_stored
from newsletter.domain.problems import InvalidFields, raise_problems
from newsletter.domain.staff.permissions import require
from newsletter.domain.staff.principals import Principal
from newsletter.domain.web_addresses import with_scheme
from newsletter.store.events import record_event
from newsletter.store.issues.editions import content_of, issue_with_content, next_number
from newsletter.store.issues.issues import is_number_taken, lock_newsletter, put_content
from newsletter.store.issues.versions import keep_deleted, keep_version
from newsletter.store.models import Issue
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_issue


class ChangedMeanwhile(Conflict):
    """Someone else saved the issue after it was opened here."""

    def __init__(self, actor: str, changed_at: datetime, version: int) -> None:
        super().__init__(
            f"{actor} changed this issue while you had it open.",
            advice="Your text is still here. Compare it with the saved version in another tab, "
            "then save again to replace that version.",
        )
        self.actor = actor
        self.changed_at = changed_at
        self.version = version


def create_issue(context: Context, newsletter_id: int, principal: Principal) -> int:
    require(principal, "create_issue", newsletter_id)
    with context.database.write() as session:
        return begin_issue(context, session, newsletter_id, principal).id


def save_issue(
    context: Context, issue_id: int, content: IssueContent, version: int, principal: Principal
) -> int:
    """The new version. `version` is the one that was opened; entries left blank are dropped.

    Raises InvalidFields, ChangedMeanwhile, or Conflict once it is being sent.
    """
    require_for_issue(context, principal, "save_issue", issue_id)
    tidied = _tidy(content)
    raise_problems(problems_of(tidied, context.now().date()))
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        require_writable(issue)
        if issue.version != version:
            raise _changed_meanwhile(issue)
        if tidied.number is not None and is_number_taken(session, issue, tidied.number):
            raise InvalidFields({"number": f"Issue {tidied.number} already exists."})
        before = content_of(issue)
        put_content(issue, tidied)
        mark_changed(context, session, issue, principal, Action.ISSUE_SAVED, before)
        return issue.version


@dataclass(frozen=True, slots=True)
class SavedInPart:
    """`content` is what is saved now, with the ids of what is new. `problems` has all that isn't,
    by the names before it was saved.
    """

    version: int
    content: IssueContent
    problems: dict[str, str]


def save_valid_fields(  # noqa: PLR0913, PLR0917  as save_issue, and what it refused
    context: Context,
    issue_id: int,
    content: IssueContent,
    version: int,
    problems: Mapping[str, str],
    principal: Principal,
) -> SavedInPart:
    """What `save_issue` refused, without the fields of `problems`: these keep what was saved.

    Raises as `save_issue` does for the rest.
    """
    require_for_issue(context, principal, "save_valid_fields", issue_id)
    tidied = _tidy(content)
    wrong = {**problems_of(tidied, context.now().date()), **problems}
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        require_writable(issue)
        if issue.version != version:
            raise _changed_meanwhile(issue)
        before = content_of(issue)
        put_content(issue, keep_stored(tidied, before, wrong))
        mark_changed(context, session, issue, principal, Action.ISSUE_SAVED, before)
        return SavedInPart(issue.version, content_of(issue), wrong)


def clear_unplaced(context: Context, issue_id: int, principal: Principal) -> None:
    require_for_issue(context, principal, "clear_unplaced", issue_id)
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        require_writable(issue)
        count = len(issue.unplaced)
        issue.unplaced, issue.dropped = [], []
        # Not a change of what others may be typing: the version stays.
        _record(context, session, issue, principal, Action.ISSUE_LEFTOVERS_CLEARED, pieces=count)


def delete_issue(context: Context, issue_id: int, principal: Principal) -> None:
    """Drafts, which can be brought back for a while, and imported issues, which can be imported
    again. What was sent from here is kept for ever.
    """
    require_for_issue(context, principal, "delete_issue", issue_id)
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id, lock=True)
        if issue.state != IssueState.IMPORTED:
            require_draft(issue)
            keep_deleted(session, issue, principal, context.now())
        _record(context, session, issue, principal, Action.ISSUE_DELETED, title=issue.title)
        session.delete(issue)


def begin_issue(
    context: Context, session: Session, newsletter_id: int, principal: Principal
) -> Issue:
    """Raises NotFound if the newsletter does not exist."""
    now = context.now()
    lock_newsletter(session, newsletter_id)
    issue = Issue(
        newsletter_id=newsletter_id,
        number=next_number(session, newsletter_id),
        state=FIRST_STATE,
        state_at=now,
        created_at=now,
        updated_at=now,
        updated_by=principal.name,
        version=1,
    )
    issue.sections = []
    session.add(issue)
    session.flush()
    _record(context, session, issue, principal, Action.ISSUE_CREATED)
    return issue


def require_draft(issue: Issue) -> None:
    if issue.state == IssueState.SCHEDULED:
        raise Conflict(
            "This issue is scheduled, so it can't be deleted.", advice="Unschedule it first."
        )
    require_writable(issue)


def require_writable(issue: Issue) -> None:
    """A scheduled issue can be written until it is frozen: it is rendered and checked again then.

    Raises Conflict.
    """
    if issue.state in WRITABLE:
        return
    if issue.state == IssueState.IMPORTED:
        raise Conflict(
            "This issue is imported, so it can't be changed.",
            advice="Change it in the archive that it is from, delete it here and import it again.",
        )
    if issue.state == IssueState.PAUSED:
        raise Conflict(
            "This issue is paused, so it can't be changed.",
            advice="If nothing was sent yet, make it a draft again on its page.",
        )
    raise Conflict(
        f"This issue is {issue.state}, so it can't be changed.",
        advice="Sent issues stay as they are. Write a new issue instead.",
    )


def mark_changed(  # noqa: PLR0913, PLR0917  what was changed, by whom, how, and from what
    context: Context,
    session: Session,
    issue: Issue,
    principal: Principal,
    action: Action,
    before: IssueContent,
    **facts: object,
) -> None:
    """Call after `put_content`. What it was before and is now stays in its history."""
    mark_kept(context, session, issue, principal, action, before)
    _record(context, session, issue, principal, action, version=issue.version, **facts)


def mark_kept(  # noqa: PLR0913, PLR0917  as mark_changed
    context: Context,
    session: Session,
    issue: Issue,
    principal: Principal,
    action: Action,
    before: IssueContent,
) -> bool:
    """As `mark_changed` without the event. Whether a new version of it begins."""
    session.flush()  # what is new has ids now
    now = context.now()
    issue.version += 1
    began = keep_version(session, issue, before, content_of(issue), principal, action, now)
    issue.updated_at, issue.updated_by = now, principal.name
    return began


def record_saved(context: Context, session: Session, issue: Issue, principal: Principal) -> None:
    _record(context, session, issue, principal, Action.ISSUE_SAVED, version=issue.version)


def _changed_meanwhile(issue: Issue) -> ChangedMeanwhile:
    return ChangedMeanwhile(issue.updated_by or "Someone", issue.updated_at, issue.version)


def _tidy(content: IssueContent) -> IssueContent:
    """Blanks at the ends go, and so do entries and sections in which nothing was filled in."""
    sections = (
        replace(
            section,
            title=section.title.strip(),
            entries=tuple(_tidy_entry(entry) for entry in section.entries if not entry.is_blank),
        )
        for section in content.sections
    )
    return replace(
        content,
        title=content.title.strip(),
        subject=content.subject.strip(),
        preheader=content.preheader.strip(),
        author=content.author.strip(),
        sections=tuple(one for one in sections if one.title or not one.is_empty),
    )


def _tidy_entry(entry: EntryContent) -> EntryContent:
    return replace(
        entry,
        title=entry.title.strip(),
        url=with_scheme(entry.url.strip()),
        author=entry.author.strip(),
    )


def _record(
    context: Context,
    session: Session,
    issue: Issue,
    principal: Principal,
    action: Action,
    **facts: object,
) -> None:
    record_event(
        session,
        at=context.now(),
        who=principal,
        action=action,
        subject_id=issue.id,
        facts=facts,
    )
