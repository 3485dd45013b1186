"""Starting an issue: freeze it into an edition, and draw up a delivery for every active reader."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.domain.actions import PauseCause
from newsletter.domain.errors import NewsletterError
from newsletter.domain.issues import IssueState
from newsletter.domain.newsletters import require_sendable
from newsletter.rendering.edition.edition import Note, RenderedEdition
from newsletter.store.issues import states
from newsletter.store.issues.editions import content_of, edition_of, issue_with_content, next_number
from newsletter.store.models import Edition, Issue
from newsletter.store.newsletters import profile_of
from newsletter.store.sending import batches
from newsletter.usecases.checks.check_issue import require_answered
from newsletter.usecases.checks.score_spam import ask_spam_filter_once
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_content import prepare_content


def start_issue(context: Context, issue_id: int) -> int:
    """Returns the number of readers; 0 also when there is nothing left to start.

    May be called any number of times, on any number of machines: an issue has one edition.
    An issue that can't be rendered, or in which a check finds an error that no editor answers for,
    is paused, with the reason.
    """
    with context.database.write() as session:
        _give_number(session, issue_with_content(session, issue_id))
    with context.database.read() as session:
        issue = issue_with_content(session, issue_id)
        if issue.state != IssueState.SENDING or edition_of(session, issue_id):
            return 0
    ask_spam_filter_once(context, issue_id)
    try:
        rendered = render_issue(context, issue, context.now())
        require_answered(context, issue, rendered)
    except NewsletterError as error:
        with context.database.write() as session:
            facts = {"problem": str(error)}
            states.pause(session, issue_id, PauseCause.NOT_SENDABLE, facts, context.now())
        return 0
    with context.database.write() as session:
        return _freeze(context, session, issue, rendered)


def render_issue(
    context: Context, issue: Issue, moment: datetime, note: Note | None = None
) -> RenderedEdition:
    """`issue` with its newsletter and content. Raises InvalidInput when it can't be sent so."""
    profile = profile_of(issue.newsletter)
    require_sendable(profile)
    return prepare_content(context.settings, content_of(issue), profile, moment, note).edition()


def _give_number(session: Session, issue: Issue) -> None:
    if issue.number is None and issue.state == IssueState.SENDING:
        issue.number = next_number(session, issue.newsletter_id)


def _freeze(context: Context, session: Session, issue: Issue, rendered: RenderedEdition) -> int:
    now = context.now()
    current = session.get_one(Issue, issue.id, with_for_update=True)
    changed = current.state != IssueState.SENDING or current.version != issue.version
    if changed or edition_of(session, issue.id):
        return 0
    edition = Edition(
        issue_id=issue.id,
        newsletter_id=issue.newsletter_id,
        number=current.number or 0,
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        content=rendered.to_json(),
        active_at_freeze=0,
        frozen_at=now,
        expires_at=now + context.settings.issue_expiry,
    )
    session.add(edition)
    session.flush()
    edition.active_at_freeze = batches.materialise(
        session,
        edition.id,
        issue.newsletter_id,
        now,
        context.settings.batch_size,
        canary_percent=issue.newsletter.canary_percent,
    )
    return edition.active_at_freeze
