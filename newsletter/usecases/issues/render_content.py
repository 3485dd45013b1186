"""The content of an issue, rendered as it would be sent at a moment: no database is asked."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from newsletter.config import Settings
from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.readers.addresses import domain_of
from newsletter.mail.message_ids import delivery_message_id
from newsletter.rendering.edition.counted_links import LinkRules
from newsletter.rendering.edition.edition import Note, PreparedIssue, RenderedEdition, prepare_issue
from newsletter.rendering.parts.personal import ReaderValues
from newsletter.rendering.templates.templates import templates_in
from newsletter.urls import edition_url, preferences_url, unsubscribe_url
from newsletter.usecases.issues.edition_messages import edition_messages

EXAMPLE_SITE = "https://example.org"


def render_content(
    settings: Settings, content: IssueContent, profile: NewsletterProfile, moment: datetime
) -> RenderedEdition:
    """Raises InvalidInput for what can't be."""
    return prepare_content(settings, content, profile, moment).edition()


def prepare_content(  # noqa: PLR0913  what an issue is rendered from
    settings: Settings,
    content: IssueContent,
    profile: NewsletterProfile,
    moment: datetime | None,
    note: Note | None = None,
    *,
    link_rules: LinkRules | None = None,
) -> PreparedIssue:
    """`moment` is None for what went out elsewhere: it shows its own date, or none.

    Raises InvalidInput for what can't be rendered.
    """
    today = moment and moment.astimezone(ZoneInfo(profile.time_zone)).date()
    return prepare_issue(
        content,
        profile,
        web_url=edition_url(settings.public_url, profile.slug, content.number),
        public_url=settings.public_url,
        issue_date=content.issued_on or today,
        templates=templates_in(settings.templates_dir),
        note=note,
        link_rules=link_rules,
    )


def example_reader(settings: Settings) -> ReaderValues:
    """With links that lead nowhere, so that it needs no PUBLIC_URL."""
    site = settings.public_url or EXAMPLE_SITE
    return ReaderValues(
        address="reader@example.org",
        name="Robin Reader",
        unsubscribe_url=unsubscribe_url(site, "an-example"),
        preferences_url=preferences_url(site, "an-example"),
        attributes={},
    )


def example_message(
    settings: Settings,
    rendered: RenderedEdition,
    profile: NewsletterProfile,
    reader: ReaderValues,
    now: datetime,
) -> bytes:
    """A copy as it would be sent, for a reader who does not exist."""
    messages = edition_messages(settings, rendered, profile, date=now, campaign="issue0")
    message_id = delivery_message_id(0, 0, now, domain_of(profile.sender_address))
    return messages.copy(reader, message_id, reader.unsubscribe_url)
