"""Scores an issue with a spam filter, rspamd or SpamAssassin, if one is configured."""

from __future__ import annotations

from contextlib import suppress

from newsletter.config import Settings
from newsletter.domain.checks.spam_opinions import Opinion
from newsletter.domain.errors import Misconfigured, NewsletterError
from newsletter.domain.staff.principals import Principal
from newsletter.mail.dkim.signers import signers_from
from newsletter.net.spam_filters import opinion_of
from newsletter.store.checks.spam_opinions import known_opinion, save_opinion
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_content import example_message, example_reader
from newsletter.usecases.issues.render_issue import RenderedIssue, read_issue, render_issue
from newsletter.usecases.permissions import require_for_issue


def has_spam_filter(settings: Settings) -> bool:
    return bool(settings.rspamd_url or settings.spamd_host)


def score_spam(context: Context, issue_id: int, principal: Principal) -> None:
    """Asks the filter over the network, outside any transaction. Keeps the score until the issue
    changes. Raises Misconfigured if the filter can't be reached, InvalidInput if the issue can't
    be rendered.
    """
    require_for_issue(context, principal, "score_spam", issue_id)
    written = read_issue(context, issue_id)
    score_rendered(context, render_issue(context.settings, written, context.now()))


def score_spam_once(context: Context, rendered: RenderedIssue) -> None:
    """Scores this version before it is sent, unless it has a score or no filter is configured.

    A filter that does not answer blocks nothing.
    """
    if not has_spam_filter(context.settings):
        return
    with context.database.read() as session:
        if known_opinion(session, rendered.written.id, rendered.written.version):
            return
    with suppress(NewsletterError):
        score_rendered(context, rendered)


def score_rendered(context: Context, rendered: RenderedIssue) -> None:
    """Raises Misconfigured."""
    opinion, written = spam_opinion(context.settings, rendered), rendered.written
    with context.database.write() as session:
        save_opinion(session, written.id, written.version, opinion, context.now())


def spam_opinion(settings: Settings, rendered: RenderedIssue) -> Opinion:
    """Scores an example copy. Raises Misconfigured, also if no filter is configured."""
    if not has_spam_filter(settings):
        raise Misconfigured(
            "No spam filter is configured.",
            advice="Set RSPAMD_URL or SPAMD_HOST.",
        )
    reader, moment = example_reader(settings), rendered.moment
    message = example_message(settings, rendered.edition, rendered.profile, reader, moment)
    signature = signers_from(settings).sign(message, moment)
    return opinion_of(settings, signature + message)
