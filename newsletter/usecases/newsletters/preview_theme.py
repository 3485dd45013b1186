"""A small sample mail in colours that are not saved yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.newsletters.themes import Theme, read_theme
from newsletter.domain.staff.principals import Principal
from newsletter.rendering.edition.edition import prepare_issue
from newsletter.rendering.templates.templates import templates_in
from newsletter.store.newsletters import newsletter_by_slug, profile_of
from newsletter.urls import archive_url
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter

_SAMPLE = IssueContent(
    title="What an issue looks like",
    subject="",
    preheader="",
    intro="A short introduction with a [link](https://example.org/).",
    number=1,
    sections=(
        SectionContent(
            "A section",
            (
                EntryContent(
                    "The title of a link",
                    "https://example.org/",
                    ("example.org",),
                    "What to know about it.\n\n> A line from it.\n\n`and.some(code)`",
                ),
            ),
        ),
        SectionContent(
            "Sponsor", (EntryContent("A sponsor", "https://example.org/", (), "Thanks."),)
        ),
    ),
)


def preview_theme(
    context: Context, slug: str, typed: Mapping[str, str], principal: Principal
) -> str:
    """The HTML. Invalid values in `typed` are replaced by the defaults."""
    require_for_newsletter(context, principal, "preview_theme", slug)
    with context.database.read() as session:
        profile = profile_of(newsletter_by_slug(session, slug))
    theme, problems = read_theme(typed)
    if problems:
        theme = read_theme({name: text for name, text in typed.items() if name not in problems})[0]
    return _rendered(context, profile, theme)


def _rendered(context: Context, profile: NewsletterProfile, theme: Theme) -> str:
    return (
        prepare_issue(
            _SAMPLE,
            replace(profile, theme=theme.to_json()),
            web_url=archive_url(context.settings.public_url, profile.slug),
            issue_date=context.now().date(),
            public_url=context.settings.public_url,
            templates=templates_in(context.settings.templates_dir),
        )
        .edition()
        .html
    )
