"""A digest in a file, checked as if it were to be sent: no issue is made of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from newsletter.config import Settings
from newsletter.domain.errors import NotFound
from newsletter.domain.newsletters import NewsletterProfile
from newsletter.domain.principals import Principal
from newsletter.usecases.checks.check_issue import remember
from newsletter.usecases.checks.check_links import answers_now
from newsletter.usecases.checks.check_written import Checked, Memory, check_written
from newsletter.usecases.checks.score_spam import spam_opinion
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_digest import with_address
from newsletter.usecases.issues.render_issue import RenderedIssue, WrittenIssue
from newsletter.usecases.newsletters.show_newsletters import show_newsletters
from newsletter.usecases.permissions import require_for_newsletter


def newsletter_of(context: Context, slug: str, principal: Principal) -> NewsletterProfile:
    """Raises NotFound."""
    require_for_newsletter(context, principal, "newsletter_of", slug)
    for profile in show_newsletters(context, principal):
        if profile.slug == slug:
            return profile
    raise NotFound(
        f"There is no newsletter “{slug}”.",
        advice="Run `newsletter newsletter list` to see all newsletters.",
    )


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked over the network; nothing of the answers is kept."""

    links: bool = False
    spam: bool = False


def check_digest(
    settings: Settings,
    written: WrittenIssue,
    now: datetime,
    questions: Questions,
    context: Context | None = None,
) -> Checked:
    """Without `context`, of a newsletter that no database knows.

    Raises Misconfigured for a spam filter that does not answer.
    """
    settings = with_address(settings)

    def memory_of(rendered: RenderedIssue) -> Memory:
        memory = remember(context, rendered) if context else Memory()
        if questions.links:
            asked = answers_now(settings, rendered.parts, now)
            memory = replace(memory, answers={**memory.answers, **asked})
        if questions.spam:
            memory = replace(memory, opinion=spam_opinion(settings, rendered))
        return memory

    return check_written(settings, written, now, memory_of)
