"""What an editor sees of newsletters and issues: read, never written, here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.domain.checks.left_out import LeftOut
from newsletter.domain.history import Happened
from newsletter.domain.issues.digests import Unplaced
from newsletter.domain.issues.issue import WRITABLE, IssueContent, IssueState
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.newsletters.sponsors import Sponsor
from newsletter.domain.staff.permissions import is_allowed, require_scope
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import history_of
from newsletter.store.issues.editions import content_of, edition_of, issue_with_content, left_out_of
from newsletter.store.issues.issues import (
    count_by_state,
    entry_counts,
    finished_issues_of,
    unfinished_issues_of,
)
from newsletter.store.models import Issue
from newsletter.store.newsletters import all_newsletters, newsletter_by_slug, profile_of
from newsletter.store.sponsors import sponsors_in
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_issue, require_for_newsletter

PAGE_LENGTH = 50


@dataclass(frozen=True, slots=True)
class IssueSummary:
    """`at` is the moment that counts for its state: sent, due, or last changed."""

    id: int
    number: int | None
    title: str
    state: IssueState
    state_reason: str
    entries: int
    at: datetime
    issued_on: date | None

    @property
    def shown_title(self) -> str:
        return self.title or "Untitled issue"


@dataclass(frozen=True, slots=True)
class NewsletterOverview:
    """`counts` of all issues by state; `issues` are those that were asked for."""

    profile: NewsletterProfile
    readers: int
    issues: tuple[IssueSummary, ...]
    counts: Mapping[str, int]

    def in_state(self, *states: str) -> list[IssueSummary]:
        return [issue for issue in self.issues if issue.state in states]


@dataclass(frozen=True, slots=True)
class OpenIssue:
    """`unplaced` is text of a pasted digest that belongs to no entry, as it is stored. `dropped` is
    what no mail can hold.
    """

    id: int
    profile: NewsletterProfile
    content: IssueContent
    state: IssueState
    state_reason: str
    state_at: datetime
    version: int
    unplaced: tuple[dict[str, Any], ...]
    left_out: tuple[LeftOut, ...]
    dropped: tuple[Unplaced, ...]
    other_keys: dict[str, str]
    scheduled_at: datetime | None
    updated_at: datetime
    updated_by: str
    has_edition: bool
    history: tuple[Happened, ...]
    sponsors: tuple[Sponsor, ...] = ()
    """Booked for its day: they are put in when it is rendered."""

    @property
    def shown_title(self) -> str:
        return self.content.title or "Untitled issue"

    @property
    def is_draft(self) -> bool:
        return self.state is IssueState.DRAFT

    @property
    def is_writable(self) -> bool:
        return self.state in WRITABLE

    @property
    def is_imported(self) -> bool:
        return self.state is IssueState.IMPORTED


def show_newsletters(context: Context, principal: Principal) -> list[NewsletterProfile]:
    """The newsletters that the principal may act on."""
    require_scope(principal, "show_newsletters")
    with context.database.read() as session:
        return [
            profile_of(newsletter)
            for newsletter in all_newsletters(session)
            if is_allowed(principal, "show_newsletters", newsletter.id)
        ]


def show_newsletter(
    context: Context,
    slug: str,
    principal: Principal,
    *,
    unfinished: int = 0,
    finished: int = 0,
) -> NewsletterOverview:
    """With at most so many issues that wait or go out, and that are past. Raises NotFound."""
    require_for_newsletter(context, principal, "show_newsletter", slug)
    with context.database.read() as session:
        newsletter = newsletter_by_slug(session, slug)
        issues = unfinished_issues_of(session, newsletter.id, unfinished) if unfinished else []
        issues += finished_issues_of(session, newsletter.id, finished) if finished else []
        return NewsletterOverview(
            profile=profile_of(newsletter),
            readers=context.subscriber_counts.active(session, newsletter.id),
            issues=_summaries(session, issues),
            counts=count_by_state(session, newsletter.id),
        )


@dataclass(frozen=True, slots=True)
class PastIssues:
    """`before` leads to the next page, None on the last."""

    profile: NewsletterProfile
    issues: tuple[IssueSummary, ...]
    before: int | None


def list_past_issues(
    context: Context, slug: str, principal: Principal, search: str = "", before: int | None = None
) -> PastIssues:
    """Sent, cancelled or imported, by a part of the title or the number. Raises NotFound."""
    require_for_newsletter(context, principal, "list_past_issues", slug)
    with context.database.read() as session:
        newsletter = newsletter_by_slug(session, slug)
        found = finished_issues_of(
            session, newsletter.id, PAGE_LENGTH + 1, search=search, before=before
        )
        page = found[:PAGE_LENGTH]
        return PastIssues(
            profile_of(newsletter),
            _summaries(session, page),
            page[-1].id if len(found) > PAGE_LENGTH else None,
        )


def open_issue(context: Context, issue_id: int, principal: Principal) -> OpenIssue:
    """Raises NotFound."""
    require_for_issue(context, principal, "open_issue", issue_id)
    with context.database.read() as session:
        issue = issue_with_content(session, issue_id)
        return OpenIssue(
            id=issue.id,
            profile=profile_of(issue.newsletter),
            content=content_of(issue),
            state=IssueState(issue.state),
            state_reason=issue.state_reason,
            state_at=issue.state_at,
            version=issue.version,
            unplaced=tuple(issue.unplaced),
            left_out=left_out_of(issue),
            other_keys=dict(issue.other_keys),
            dropped=tuple(Unplaced.from_json(piece) for piece in issue.dropped),
            scheduled_at=issue.scheduled_at,
            updated_at=issue.updated_at,
            updated_by=issue.updated_by,
            has_edition=edition_of(session, issue_id) is not None,
            history=history_of(session, "issue", issue_id),
            sponsors=sponsors_in(session, issue, context.now()),
        )


def _summaries(session: Session, issues: list[Issue]) -> tuple[IssueSummary, ...]:
    counts = entry_counts(session, [issue.id for issue in issues]) if issues else {}
    return tuple(_summary(issue, counts.get(issue.id, 0)) for issue in issues)


def _summary(issue: Issue, entries: int) -> IssueSummary:
    return IssueSummary(
        id=issue.id,
        number=issue.number,
        title=issue.title,
        state=IssueState(issue.state),
        state_reason=issue.state_reason,
        entries=entries,
        at=issue.sent_at or issue.scheduled_at or issue.updated_at,
        issued_on=issue.issued_on,
    )
