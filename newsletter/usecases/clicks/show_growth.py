"""A newsletter over time: readers, joins by source, leaves by reason, delivery by domain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.readers.reader_figures import join_source, leave_reason
from newsletter.domain.staff.principals import Principal
from newsletter.store.clicks import edition_domains, reader_days
from newsletter.store.clicks.edition_domains import DomainCount
from newsletter.store.clicks.reader_days import DayCount
from newsletter.store.models import Edition, Issue
from newsletter.store.newsletters import newsletter_by_slug, profile_of
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.staff.downloads import record_download

SHOWN_MONTHS = 12
SHOWN_ISSUES = 24
ISSUES_OF_DOMAINS = 12


@dataclass(frozen=True, slots=True)
class AtIssue:
    """How many subscribers were active when the issue was sent."""

    issue_id: int
    number: int
    at: datetime
    readers: int


@dataclass(frozen=True, slots=True)
class Moved:
    """`why` is the source of a join or the reason of a leave. `month` is its first day."""

    month: date
    why: str
    readers: int


@dataclass(frozen=True, slots=True)
class LastResult:
    """Of the newest issue that is sent, with the time when it was finished.

    Without `accepted` it is not counted yet.
    """

    issue_id: int
    number: int
    title: str
    at: datetime
    copies: int
    accepted: int | None
    failed: int


@dataclass(frozen=True, slots=True)
class Growth:
    """Months are in UTC. `domains` are of the last ISSUES_OF_DOMAINS issues that have ended."""

    profile: NewsletterProfile
    readers: int
    issues: tuple[AtIssue, ...]
    joins: tuple[Moved, ...]
    leaves: tuple[Moved, ...]
    domains: tuple[DomainCount, ...]
    since: date
    last: LastResult | None

    def to_json(self) -> dict[str, Any]:
        names = ("readers", "issues", "joins", "leaves", "domains", "since")
        return {name: value for name, value in asdict(self).items() if name in names}


def export_growth(context: Context, slug: str, principal: Principal) -> Growth:
    """The same, for a file: written down in the audit log. Raises NotFound."""
    require_for_newsletter(context, principal, "export_growth", slug)
    found = show_growth(context, slug, principal)
    record_download(context, principal, Action.DOWNLOAD_FIGURES, found.profile.id)
    return found


def show_growth(context: Context, slug: str, principal: Principal) -> Growth:
    """Raises NotFound."""
    require_for_newsletter(context, principal, "show_growth", slug)
    today = context.now().date()
    since = _months_before(today, SHOWN_MONTHS - 1)
    with context.database.read() as session:
        newsletter = newsletter_by_slug(session, slug)
        editions = _last_editions(session, newsletter.id)
        days = reader_days.days_since(session, newsletter.id, since, today)
        ids = [edition.id for edition in editions[:ISSUES_OF_DOMAINS]]
        return Growth(
            profile=profile_of(newsletter),
            readers=context.subscriber_counts.active(session, newsletter.id),
            issues=tuple(
                AtIssue(one.issue_id, one.number, one.frozen_at, one.active_at_freeze)
                for one in reversed(editions)
                if not one.audience  # one for a part of the list does not say how long it was
            ),
            joins=_by_month(days, join_source),
            leaves=_by_month(days, leave_reason),
            domains=tuple(edition_domains.kept_domains(session, ids)),
            since=since,
            last=_last_result(session, newsletter.id),
        )


def _last_result(session: Session, newsletter_id: int) -> LastResult | None:
    """From the counts that are kept by domain, never from the ledger."""
    sent = (
        select(
            Edition.id,
            Edition.issue_id,
            Edition.number,
            Edition.active_at_freeze,
            Issue.title,
            func.coalesce(Issue.sent_at, Edition.frozen_at).label("at"),
        )
        .join(Issue, Issue.id == Edition.issue_id)
        .where(Edition.newsletter_id == newsletter_id, Issue.state == IssueState.SENT)
        .order_by(Edition.id.desc())
        .limit(1)
    )
    last = session.execute(sent).first()
    if last is None:
        return None
    domains = edition_domains.kept_domains(session, [last.id])
    return LastResult(
        issue_id=last.issue_id,
        number=last.number,
        title=last.title,
        at=last.at,
        copies=last.active_at_freeze,
        accepted=sum(one.accepted for one in domains) if domains else None,
        failed=sum(one.failed for one in domains),
    )


def _last_editions(session: Session, newsletter_id: int) -> list[Any]:
    """The newest first, without their content."""
    wanted = (
        select(
            Edition.id,
            Edition.issue_id,
            Edition.number,
            Edition.frozen_at,
            Edition.active_at_freeze,
            Edition.audience,
        )
        .where(Edition.newsletter_id == newsletter_id)
        .order_by(Edition.id.desc())
        .limit(SHOWN_ISSUES)
    )
    return list(session.execute(wanted))


def _by_month(days: list[DayCount], name: Callable[[str, str], str]) -> tuple[Moved, ...]:
    sums: Counter[tuple[date, str]] = Counter()
    for one in days:
        if why := name(one.kind, one.how):
            sums[one.day.replace(day=1), why] += one.readers
    return tuple(Moved(month, why, readers) for (month, why), readers in sorted(sums.items()))


def _months_before(day: date, months: int) -> date:
    """The first day of the month that many months before."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)
