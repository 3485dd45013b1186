"""A digest in a file, checked as if it were to be sent: no issue is made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from newsletter.config import Settings
from newsletter.domain.errors import NotFound
from newsletter.domain.issues import IssueContent
from newsletter.domain.newsletters import NewsletterProfile
from newsletter.domain.permissions import require
from newsletter.domain.principals import Principal
from newsletter.usecases.checks.check_issue import Checked, Memory, check_content, remember
from newsletter.usecases.checks.check_links import answers_now
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_digest import with_address
from newsletter.usecases.newsletters.show_newsletters import show_newsletters
from newsletter.usecases.permissions import require_for_newsletter


def newsletter_of(context: Context, slug: str, principal: Principal) -> NewsletterProfile:
    """Raises NotFound."""
    require_for_newsletter(context, principal, "newsletter_of", slug)
    for profile in show_newsletters(context, principal):
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


def memory_of(
    context: Context, content: IssueContent, profile: NewsletterProfile, principal: Principal
) -> Memory:
    require(principal, "memory_of", profile.id)
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
