"""Checks a digest in a file without creating an issue."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from newsletter.config import Settings
from newsletter.domain.errors import NotFound
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.staff.principals import Principal
from newsletter.usecases.checks.check_issue import load_facts
from newsletter.usecases.checks.check_links import ask_links_now
from newsletter.usecases.checks.check_written import Checked, CheckFacts, check_written
from newsletter.usecases.checks.score_spam import spam_opinion
from newsletter.usecases.context import Context
from newsletter.usecases.issues.render_digest import with_address
from newsletter.usecases.issues.render_issue import RenderedIssue, WrittenIssue
from newsletter.usecases.newsletters.show_newsletters import show_newsletters
from newsletter.usecases.permissions import require_for_newsletter


def find_newsletter(context: Context, slug: str, principal: Principal) -> NewsletterProfile:
    """Raises NotFound."""
    require_for_newsletter(context, principal, "find_newsletter", slug)
    for profile in show_newsletters(context, principal):
        if profile.slug == slug:
            return profile
    raise NotFound(
        f"There is no newsletter “{slug}”.",
        advice="Run `newsletter newsletter list` to see all newsletters.",
    )


@dataclass(frozen=True, slots=True)
class NetworkChecks:
    """Which checks use the network. Their answers are not kept."""

    links: bool = False
    spam: bool = False


def check_digest(
    settings: Settings,
    written: WrittenIssue,
    now: datetime,
    network: NetworkChecks,
    context: Context | None = None,
) -> Checked:
    """Needs no database if `context` is None.

    Raises Misconfigured if the spam filter does not answer.
    """
    settings = with_address(settings)

    def facts_of(rendered: RenderedIssue) -> CheckFacts:
        facts = load_facts(context, rendered) if context else CheckFacts()
        if network.links:
            asked = ask_links_now(settings, rendered.parts, now)
            facts = replace(facts, answers={**facts.answers, **asked})
        if network.spam:
            facts = replace(facts, opinion=spam_opinion(settings, rendered))
        return facts

    return check_written(settings, written, now, facts_of)
