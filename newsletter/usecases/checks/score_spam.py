"""The opinion of a spam filter on an issue: rspamd's, or SpamAssassin's, where one is set up."""

from __future__ import annotations

from contextlib import suppress

from newsletter.config import Settings
from newsletter.domain.errors import Misconfigured, NewsletterError
from newsletter.domain.principals import Principal
from newsletter.domain.spam_opinions import Opinion
from newsletter.mail.dkim.signers import signers_from
from newsletter.net.spam_filters import opinion_of
from newsletter.store.checks.spam_opinions import known_opinion, save_opinion
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_content import example_message, example_reader
from newsletter.usecases.issues.render_issue import RenderedIssue, read_issue, render_issue
from newsletter.usecases.permissions import require_for_issue


def has_spam_filter(settings: Settings) -> bool:
    return bool(settings.rspamd_url or settings.spamd_host)


def ask_spam_filter(context: Context, issue_id: int, principal: Principal) -> None:
    """Over the network, outside of any transaction; the opinion is kept for the checks, until the
    issue is changed. Raises Misconfigured when the filter can't be reached, InvalidInput for an
    issue that can't be rendered.
    """
    require_for_issue(context, principal, "ask_spam_filter", issue_id)
    written = read_issue(context, issue_id)
    ask_about(context, render_issue(context.settings, written, context.now()))


def ask_spam_filter_once(context: Context, rendered: RenderedIssue) -> None:
    """Before an issue goes: where there is a filter that has not judged this version of it.

    A filter that does not answer keeps no issue here.
    """
    if not has_spam_filter(context.settings):
        return
    with context.database.read() as session:
        if known_opinion(session, rendered.written.id, rendered.written.version):
            return
    with suppress(NewsletterError):
        ask_about(context, rendered)


def ask_about(context: Context, rendered: RenderedIssue) -> None:
    """Raises Misconfigured."""
    opinion, written = spam_opinion(context.settings, rendered), rendered.written
    with context.database.write() as session:
        save_opinion(session, written.id, written.version, opinion, context.now())


def spam_opinion(settings: Settings, rendered: RenderedIssue) -> Opinion:
    """Of an example reader's copy. Raises Misconfigured, also where no filter is set up."""
    if not has_spam_filter(settings):
        raise Misconfigured(
            "No spam filter is configured.",
            advice="Set RSPAMD_URL or SPAMD_HOST.",
        )
    reader, moment = example_reader(settings), rendered.moment
    message = example_message(settings, rendered.edition, rendered.profile, reader, moment)
    signature = signers_from(settings).sign(message, moment)
    return opinion_of(settings, signature + message)
