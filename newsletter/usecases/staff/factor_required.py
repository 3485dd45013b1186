"""A newsletter that only people with a second factor may open. Others set one up first."""

from __future__ import annotations

from datetime import datetime

from newsletter.domain.actions import Action
from newsletter.domain.errors import Conflict
from newsletter.domain.staff.principals import Principal, PrincipalKind
from newsletter.store.events import record_event
from newsletter.store.factors import has_second_factor
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter


def make_factor_required(context: Context, slug: str, principal: Principal) -> None:
    """In effect with everyone's next request. Raises Conflict for an editor who has none: they
    would lock themselves out.
    """
    require_for_newsletter(context, principal, "make_factor_required", slug)
    if principal.kind is PrincipalKind.EDITOR:
        with context.database.read() as session:
            if not has_second_factor(session, principal.id or 0):
                raise Conflict(
                    "You have no second factor yourself.",
                    advice="Set one up on your account page, then require it here.",
                )
    _set(context, slug, principal, context.now(), Action.NEWSLETTER_FACTOR_REQUIRED)


def make_factor_optional(context: Context, slug: str, principal: Principal) -> None:
    require_for_newsletter(context, principal, "make_factor_optional", slug)
    _set(context, slug, principal, None, Action.NEWSLETTER_FACTOR_NOT_REQUIRED)


def _set(
    context: Context, slug: str, principal: Principal, since: datetime | None, action: Action
) -> None:
    """Nothing happens where it is so already."""
    with context.database.write() as session:
        newsletter = newsletter_by_slug(session, slug)
        if (newsletter.second_factor_since is None) == (since is None):
            return
        newsletter.second_factor_since = since
        record_event(
            session, at=context.now(), who=principal, action=action, subject_id=newsletter.id
        )
