"""A digest in a file, rendered as if it were sent: no issue is made of it, no database asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from newsletter.config import Settings
from newsletter.domain.checks.scripts import detect_language
from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.digests import Unplaced
from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.issues.issue_checks import size_problem
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.reading.digests.block_markdown import issue_content
from newsletter.reading.digests.decoding import decode_digest
from newsletter.reading.digests.digest import parse_digest
from newsletter.rendering.edition.edition import preview
from newsletter.usecases.issues.render_content import (
    EXAMPLE_SITE,
    example_message,
    example_reader,
    prepare_content,
)


@dataclass(frozen=True, slots=True)
class RenderedFiles:
    """The files of an example copy. `message` has CRLF and is not signed."""

    html: str
    text: str
    mjml: str
    message: bytes


@dataclass(frozen=True, slots=True)
class IssueFile:
    """A digest in a file as an issue. `left_out` has no place in it, `dropped` is for another
    program.
    """

    content: IssueContent
    left_out: tuple[Unplaced, ...] = ()
    dropped: tuple[Unplaced, ...] = ()


def read_issue(
    data: bytes,
    most_bytes: int,
    file_name: str = "",
    *,
    base_url: str = "",
    today: date | None = None,
) -> IssueFile:
    """Raises InvalidInput for what has no entries, and for what is too large to be sent."""
    digest = parse_digest(
        decode_digest(data, most_bytes), file_name=file_name, base_url=base_url, today=today
    )
    if not digest.entries:
        raise InvalidInput(
            "We found no entries in this digest.",
            advice="Run `newsletter issue parse` to see how we read it.",
        )
    content = issue_content(digest)
    if problem := size_problem(content):
        raise InvalidInput(problem, field="digest")
    return IssueFile(content, digest.unplaced, digest.dropped)


def example_newsletter(content: IssueContent, settings: Settings) -> NewsletterProfile:
    """A newsletter for a file that belongs to none. Its language is guessed from the letters."""
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
        language=detect_language(content)[0] or "en",
        list_label="example",
    )


def render_digest(
    settings: Settings, content: IssueContent, profile: NewsletterProfile, now: datetime
) -> RenderedFiles:
    """Raises InvalidInput for what can't be rendered."""
    settings = with_address(settings)
    reader = example_reader(settings)
    prepared = prepare_content(settings, content, profile, now)
    edition = prepared.edition()
    html, text = preview(edition, reader)
    return RenderedFiles(
        html=html,
        text=text,
        mjml=prepared.mjml(reader),
        message=example_message(settings, edition, profile, reader, now),
    )


def with_address(settings: Settings) -> Settings:
    """A file can be looked at where no service is set up."""
    return settings if settings.public_url else replace(settings, public_url=EXAMPLE_SITE)
