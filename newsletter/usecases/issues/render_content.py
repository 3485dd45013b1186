"""The content of an issue, rendered as it would be sent at a moment: no database is asked."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from newsletter.config import Settings
from newsletter.domain.addresses import domain_of
from newsletter.domain.issues import IssueContent
from newsletter.domain.newsletters import NewsletterProfile
from newsletter.mail.message_ids import delivery_message_id
from newsletter.rendering.edition.edition import Note, PreparedIssue, RenderedEdition, prepare_issue
from newsletter.rendering.message.message import IssueMessages
from newsletter.rendering.parts.personal import ReaderValues
from newsletter.rendering.templates.templates import templates_in


def render_content(
    settings: Settings, content: IssueContent, profile: NewsletterProfile, moment: datetime
) -> RenderedEdition:
    """Raises InvalidInput for what can't be."""
    return prepare_content(settings, content, profile, moment).edition()


def prepare_content(
    settings: Settings,
    content: IssueContent,
    profile: NewsletterProfile,
    moment: datetime,
    note: Note | None = None,
) -> PreparedIssue:
    """Raises InvalidInput for what can't be rendered."""
    archive = f"{settings.public_url}/n/{profile.slug}/archive"
    return prepare_issue(
        content,
        profile,
        web_url=f"{archive}/{content.number}" if content.number else archive,
        public_url=settings.public_url,
        issue_date=moment.astimezone(ZoneInfo(profile.time_zone)).date(),
        templates=templates_in(settings.templates_dir),
        note=note,
    )


def example_reader(settings: Settings) -> ReaderValues:
    return ReaderValues(
        address="reader@example.org",
        name="Robin Reader",
        unsubscribe_url=f"{settings.public_url}/unsubscribe/an-example",
        preferences_url=f"{settings.public_url}/preferences/an-example",
        attributes={},
    )


def example_message(
    settings: Settings,
    rendered: RenderedEdition,
    profile: NewsletterProfile,
    reader: ReaderValues,
    now: datetime,
) -> bytes:
    """As compose_copy.py builds them, for a reader who does not exist."""
    archive = f"{settings.public_url}/n/{profile.slug}/archive"
    domain = domain_of(profile.sender_address)
    messages = IssueMessages(
        rendered,
        profile,
        date=now,
        archive_url=archive,
        help_url=f"{settings.public_url}/n/{profile.slug}",
        list_domain=settings.public_host,
        feedback_id=f"issue0:{profile.slug}:newsletter:{domain}",
    )
    message_id = delivery_message_id(0, 0, now, domain)
    return messages.copy(reader, message_id, reader.unsubscribe_url)
