"""A digest in a file, rendered and checked as if it were sent: no issue is made of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from newsletter.config import Settings
from newsletter.domain.addresses import domain_of
from newsletter.domain.errors import InvalidInput, NotFound
from newsletter.domain.issues import IssueContent
from newsletter.domain.newsletters import NewsletterProfile
from newsletter.domain.scripts import language_by_letters
from newsletter.mail.message_ids import delivery_message_id
from newsletter.rendering.blocks import issue_content
from newsletter.rendering.digest import decode_digest, parse_digest
from newsletter.rendering.edition import RenderedEdition, preview
from newsletter.rendering.message import IssueMessages
from newsletter.rendering.personal import ReaderValues
from newsletter.rendering.templates import Templates, templates_in
from newsletter.usecases.check_issue import (
    Checked,
    Memory,
    check_content,
    example_reader,
    remember,
    render_content,
)
from newsletter.usecases.context import Context
from newsletter.usecases.link_checks import answers_now
from newsletter.usecases.show_newsletters import show_newsletters


@dataclass(frozen=True, slots=True)
class RenderedFiles:
    """Of one example reader's copy; `message` has CRLF and is not signed."""

    html: str
    text: str
    mjml: str
    message: bytes


def read_issue(data: bytes, most_bytes: int) -> IssueContent:
    """Raises InvalidInput for what has no entries."""
    digest = parse_digest(decode_digest(data, most_bytes))
    if not digest.entries:
        raise InvalidInput(
            "No entries were found in it.",
            advice="`newsletter issue parse` shows how it is understood.",
        )
    return issue_content(digest)


def newsletter_of(context: Context, slug: str) -> NewsletterProfile:
    """Raises NotFound."""
    for profile in show_newsletters(context):
        if profile.slug == slug:
            return profile
    raise NotFound(
        f"There is no newsletter “{slug}”.", advice="`newsletter newsletter list` names them."
    )


def example_newsletter(content: IssueContent, settings: Settings) -> NewsletterProfile:
    """For a file that belongs to no newsletter; its language is told by its letters."""
    domain = settings.dkim_domain or "example.org"
    return NewsletterProfile(
        id=0,
        slug="example",
        name="An example newsletter",
        description="",
        sender_name="An example newsletter",
        sender_address=f"editor@{domain}",
        reply_to="",
        postal_address="1 Example Street\n12345 Example Town",
        time_zone="UTC",
        language=language_by_letters(content)[0] or "en",
        list_label="example",
    )


def check_digest(
    settings: Settings,
    content: IssueContent,
    profile: NewsletterProfile,
    memory: Memory,
    now: datetime,
) -> Checked:
    return check_content(_with_address(settings), content, profile, now, memory)


def memory_of(context: Context, content: IssueContent, profile: NewsletterProfile) -> Memory:
    return remember(context, content, profile)


def with_links_asked(
    settings: Settings,
    content: IssueContent,
    profile: NewsletterProfile,
    memory: Memory,
    now: datetime,
) -> Memory:
    """Over the network; nothing is kept."""
    asked = answers_now(_with_address(settings), content, profile, now)
    return replace(memory, answers={**memory.answers, **asked})


def render_digest(
    settings: Settings, content: IssueContent, profile: NewsletterProfile, now: datetime
) -> RenderedFiles:
    """Raises InvalidInput for what can't be rendered."""
    settings = _with_address(settings)
    reader = example_reader(settings)
    rendered = render_content(settings, content, profile, now)
    sources = _Sources(templates_in(settings.templates_dir))
    source = render_content(settings, content, profile, now, sources)
    html, text = preview(rendered, reader)
    return RenderedFiles(
        html=html,
        text=text,
        mjml=preview(source, reader)[0],
        message=example_message(settings, rendered, profile, reader, now),
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


class _Sources(Templates):
    """The same templates, read once, where the MJML itself is wanted."""

    def __init__(self, read: Templates) -> None:
        self.folder, self.markup, self.plain = read.folder, read.markup, read.plain

    def html(self, name: str, values: Any) -> str:
        return self.mjml(name, values)


def _with_address(settings: Settings) -> Settings:
    """A file can be looked at where no service is set up."""
    return settings if settings.public_url else replace(settings, public_url="https://example.org")
