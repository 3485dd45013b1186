"""Starting an issue: freeze it into an edition, and draw up a delivery for each of its readers."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from newsletter.domain.actions import PauseCause
from newsletter.domain.errors import NewsletterError
from newsletter.domain.issues.issue import IssueState
from newsletter.domain.readers.audiences import kept_audience, on_day
from newsletter.store.clicks.links import keep_links
from newsletter.store.issues import states
from newsletter.store.issues.editions import edition_of, issue_with_content, next_number
from newsletter.store.models import Edition, Issue
from newsletter.store.readers.audience_paths import narrowed_readers
from newsletter.store.sending import batches
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_issue import RenderedIssue, read_issue
from newsletter.usecases.reach import require_readers
from newsletter.usecases.sending.prepare_to_send import prepare_to_send


def start_issue(context: Context, issue_id: int) -> int:
    """Returns the number of readers; 0 also when there is nothing left to start.

    May be called any number of times, on any number of machines: an issue has one edition.
    An issue that can't be rendered, in which a check finds an error that no editor answers for, or
    whose audience has nobody left, is paused, with the reason.
    """
    with context.database.write() as session:
        _give_number(session, issue_with_content(session, issue_id))
    written = read_issue(context, issue_id)
    if written.state is not IssueState.SENDING or written.has_edition:
        return 0
    try:
        rendered = prepare_to_send(context, written)
        with context.database.write() as session:
            return _freeze(context, session, rendered)
    except NewsletterError as error:
        with context.database.write() as session:
            facts = {"problem": str(error)}
            states.pause(session, issue_id, PauseCause.NOT_SENDABLE, facts, context.now())
        return 0


def _give_number(session: Session, issue: Issue) -> None:
    if issue.number is None and issue.state == IssueState.SENDING:
        issue.number = next_number(session, issue.newsletter_id)


def _freeze(context: Context, session: Session, rendered: RenderedIssue) -> int:
    """Nothing when it was changed meanwhile: the ticker wakes it for another start."""
    now, frozen = context.now(), rendered.edition
    issue = issue_with_content(session, rendered.written.id, lock=True)
    is_current = issue.state == IssueState.SENDING and rendered.written.is_current(issue)
    if not is_current or edition_of(session, issue.id):
        return 0
    require_readers(session, issue, now)
    zone = issue.newsletter.time_zone
    audience = on_day(kept_audience(issue.audience), now.astimezone(ZoneInfo(zone)).date())
    edition = Edition(
        issue_id=issue.id,
        newsletter_id=issue.newsletter_id,
        number=issue.number or 0,
        subject=frozen.subject,
        html=frozen.html,
        text=frozen.text,
        content=frozen.to_json(),
        audience=audience.pairs,
        active_at_freeze=0,
        frozen_at=now,
        expires_at=now + context.settings.issue_expiry,
    )
    session.add(edition)
    session.flush()
    keep_links(session, edition.id, frozen.links)
    edition.active_at_freeze = batches.materialise(
        session,
        edition.id,
        narrowed_readers(session, audience, issue.newsletter_id, zone),
        now,
        context.settings.batch_size,
        canary_percent=issue.newsletter.canary_percent,
    )
    return edition.active_at_freeze
