"""What became of each issue of a newsletter, a row for each: to compare them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.readers.reader_figures import edition_left_from
from newsletter.domain.staff.principals import Principal
from newsletter.store.clicks import edition_domains, figures, reader_days
from newsletter.store.clicks.edition_results import SentEdition, sent_editions
from newsletter.store.clicks.links import link_totals
from newsletter.store.newsletters import newsletter_by_slug, profile_of
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.staff.downloads import record_download

AT_ONCE = 24


@dataclass(frozen=True, slots=True)
class IssueResult:
    """`accepted` is None until it was counted, within an hour after the issue has ended; `clicks`
    of people is None where clicks were not counted. Copies that bounced later stay accepted.
    """

    issue_id: int
    number: int
    title: str
    at: datetime
    copies: int
    accepted: int | None
    bounced: int
    complaints: int
    unsubscribed: int
    clicks: int | None

    @property
    def accepted_percent(self) -> float | None:
        if self.accepted is None or not self.copies:
            return None
        return 100 * self.accepted / self.copies

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"at": self.at.isoformat()}


@dataclass(frozen=True, slots=True)
class IssueResults:
    """The newest first. `before` asks for older ones, None when there are none."""

    profile: NewsletterProfile
    results: tuple[IssueResult, ...]
    before: int | None


def list_issue_results(
    context: Context,
    slug: str,
    principal: Principal,
    before: int | None = None,
    limit: int | None = AT_ONCE,
) -> IssueResults:
    """Without a limit, all of them. Raises NotFound."""
    require_for_newsletter(context, principal, "list_issue_results", slug)
    with context.database.read() as session:
        newsletter = newsletter_by_slug(session, slug)
        wanted = limit and limit + 1
        editions = sent_editions(session, newsletter.id, before, wanted)
        has_older = limit is not None and len(editions) > limit
        shown = editions[:limit]
        return IssueResults(
            profile=profile_of(newsletter),
            results=_results(context, session, newsletter.id, shown),
            before=shown[-1].id if has_older else None,
        )


def export_issue_results(context: Context, slug: str, principal: Principal) -> IssueResults:
    """All of them, for a file: written down in the audit log. Raises NotFound."""
    require_for_newsletter(context, principal, "export_issue_results", slug)
    found = list_issue_results(context, slug, principal, limit=None)
    record_download(context, principal, Action.DOWNLOAD_FIGURES, found.profile.id)
    return found


def _results(
    context: Context, session: Session, newsletter_id: int, editions: Sequence[SentEdition]
) -> tuple[IssueResult, ...]:
    if not editions:
        return ()
    ids = [one.id for one in editions]
    accepted = edition_domains.accepted_by_edition(session, ids)
    back = figures.came_back_by_edition(session, ids)
    left = _left(context, session, newsletter_id, editions)
    clicks, links = figures.people_by_edition(session, ids), link_totals(session, ids)
    return tuple(
        IssueResult(
            issue_id=one.issue_id,
            number=one.number,
            title=one.title,
            at=one.at,
            copies=one.copies,
            accepted=accepted.get(one.id),
            bounced=back[one.id].bounced,
            complaints=back[one.id].complaints,
            unsubscribed=left[one.id] + back[one.id].asked_by_email,
            clicks=clicks.get(one.id, 0) if one.id in links else None,
        )
        for one in editions
    )


def _left(
    context: Context, session: Session, newsletter_id: int, editions: Sequence[SentEdition]
) -> Counter[int]:
    """With a link of the issue, up to now."""
    since = min(one.at for one in editions).date()
    days = reader_days.days_since(session, newsletter_id, since, context.now().date())
    found: Counter[int] = Counter()
    for day in days:
        found[edition_left_from(day.how)] += day.readers
    return found
