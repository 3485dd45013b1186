"""The opinion of a spam filter on an issue: rspamd's, or SpamAssassin's, where one is set up."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from newsletter.config import Settings
from newsletter.domain.errors import Misconfigured, NewsletterError
from newsletter.domain.spam_opinions import Opinion
from newsletter.mail.dkim.signers import signers_from
from newsletter.net.spam_filters import opinion_of
from newsletter.store.checks.spam_opinions import known_opinion, save_opinion
from newsletter.store.issues.editions import content_of, issue_with_content
from newsletter.store.newsletters import profile_of
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_content import (
    example_message,
    example_reader,
    render_content,
)


def has_spam_filter(settings: Settings) -> bool:
    return bool(settings.rspamd_url or settings.spamd_host)


def ask_spam_filter(context: Context, issue_id: int) -> None:
    """Over the network, outside of any transaction; the opinion is kept for the checks, until the
    issue is changed. Raises Misconfigured when the filter can't be reached, InvalidInput for an
    issue that can't be rendered.
    """
    with context.database.read() as session:
        issue = issue_with_content(session, issue_id)
        content, profile = content_of(issue), profile_of(issue.newsletter)
    settings, now = context.settings, context.now()
    rendered = render_content(settings, content, profile, now)
    message = example_message(settings, rendered, profile, example_reader(settings), now)
    opinion = spam_opinion(settings, message, now)
    with context.database.write() as session:
        save_opinion(session, issue_id, issue.version, opinion, now)


def ask_spam_filter_once(context: Context, issue_id: int) -> None:
    """Before an issue goes: where there is a filter that has not judged it as it stands.

    A filter that does not answer keeps no issue here.
    """
    if not has_spam_filter(context.settings):
        return
    with context.database.read() as session:
        version = issue_with_content(session, issue_id).version
        if known_opinion(session, issue_id, version):
            return
    with suppress(NewsletterError):  # whoever sends it says what is wrong with it
        ask_spam_filter(context, issue_id)


def spam_opinion(settings: Settings, message: bytes, now: datetime) -> Opinion:
    """Of a message that is not signed yet. Raises Misconfigured, also where no filter is set up."""
    if not has_spam_filter(settings):
        raise Misconfigured(
            "No spam filter is set up.",
            advice="Set RSPAMD_URL or SPAMD_HOST to where one runs.",
        )
    signature = signers_from(settings).sign(message, now)
    return opinion_of(settings, signature + message)
