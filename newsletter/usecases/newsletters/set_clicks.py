"""Sets how a newsletter counts clicks and the parameters of its links, and nothing else."""

from __future__ import annotations

from newsletter.domain.actions import Action
from newsletter.domain.clicks.counted_links import ClickCounting, parameters_problem
from newsletter.domain.problems import raise_problems
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import record_event
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter


def set_clicks(
    context: Context, slug: str, how: str | None, parameters: str | None, principal: Principal
) -> None:
    """None keeps what is set. Raises InvalidFields."""
    require_for_newsletter(context, principal, "set_clicks", slug)
    problem = parameters_problem(parameters or "")
    raise_problems({"link_parameters": problem} if problem else {})
    with context.database.write() as session:
        newsletter = newsletter_by_slug(session, slug)
        newsletter.clicks = ClickCounting(how or newsletter.clicks)
        newsletter.link_parameters = (
            newsletter.link_parameters if parameters is None else parameters.strip()
        )
        record_event(
            session,
            at=context.now(),
            who=principal,
            action=Action.NEWSLETTER_SETTINGS_CHANGED,
            subject_id=newsletter.id,
        )
