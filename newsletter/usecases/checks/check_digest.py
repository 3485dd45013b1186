"""A digest in a file, checked as if it were to be sent: no issue is made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from newsletter.config import Settings
from newsletter.domain.errors import NotFound
from newsletter.domain.issues import IssueContent
from newsletter.domain.newsletters import NewsletterProfile
from newsletter.usecases.checks.check_issue import Checked, Memory, check_content, remember
from newsletter.usecases.checks.check_links import answers_now
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_digest import with_address
from newsletter.usecases.newsletters.show_newsletters import show_newsletters


def newsletter_of(context: Context, slug: str) -> NewsletterProfile:
    """Raises NotFound."""
    for profile in show_newsletters(context):
        if profile.slug == slug:
            return profile
    raise NotFound(
        f"There is no newsletter “{slug}”.", advice="`newsletter newsletter list` names them."
    )


def check_digest(
    settings: Settings,
    content: IssueContent,
    profile: NewsletterProfile,
    memory: Memory,
    now: datetime,
) -> Checked:
    return check_content(with_address(settings), content, profile, now, memory)


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
    asked = answers_now(with_address(settings), content, profile, now)
    return replace(memory, answers={**memory.answers, **asked})
