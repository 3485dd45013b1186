"""The check at the top of a use case that knows an issue or a slug, and not yet the newsletter.

A principal who may act on every newsletter costs no query. To others, what belongs to a newsletter
that they have no role in does not exist.
"""

from __future__ import annotations

from newsletter.domain.staff.permissions import is_allowed, require, require_scope
from newsletter.domain.staff.principals import Principal
from newsletter.store.issues.issues import newsletter_of_issue, no_such_issue
from newsletter.store.newsletters import newsletter_by_slug, no_such_newsletter
from newsletter.usecases.context import Context


def require_for_issue(context: Context, principal: Principal, use_case: str, issue_id: int) -> None:
    """Raises Forbidden, or NotFound for an issue that is not there."""
    require_scope(principal, use_case)
    if is_allowed(principal, use_case):
        return
    with context.database.read() as session:
        newsletter_id = newsletter_of_issue(session, issue_id)
    if not principal.sees(newsletter_id):
        raise no_such_issue()
    require(principal, use_case, newsletter_id)


def require_for_newsletter(
    context: Context, principal: Principal, use_case: str, slug: str
) -> None:
    """Raises Forbidden, or NotFound for a newsletter that is not there."""
    require_scope(principal, use_case)
    if is_allowed(principal, use_case):
        return
    with context.database.read() as session:
        newsletter_id = newsletter_by_slug(session, slug).id
    if not principal.sees(newsletter_id):
        raise no_such_newsletter()
    require(principal, use_case, newsletter_id)


def require_for_newsletter_or_all(
    context: Context, principal: Principal, use_case: str, slug: str | None
) -> None:
    """None is all newsletters at once. Raises Forbidden and NotFound."""
    if slug:
        require_for_newsletter(context, principal, use_case, slug)
    else:
        require(principal, use_case)
