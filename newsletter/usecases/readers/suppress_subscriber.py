"""Suppresses an address, for one newsletter or for all, or lifts a suppression."""

from __future__ import annotations

from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.readers.addresses import HashedAddress, address_key, parse_address
from newsletter.domain.readers.consent import SuppressionReason, SuppressionSource
from newsletter.domain.readers.suppressions import require_liftable
from newsletter.domain.staff.permissions import require
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import Change
from newsletter.store.models import Suppression
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.store.readers import suppressions
from newsletter.store.readers.subscriptions import find_subscriber
from newsletter.store.readers.suppressions import Cause
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter, require_for_newsletter_or_all
from newsletter.usecases.readers.find_subscriber import hash_address, load_subscriber, required_text

LIFTED = "suppression lifted"
_GIVE_A_REASON = "Give a reason."


def suppress_subscriber(  # noqa: PLR0913  who, why, by whom and for whom
    context: Context,
    slug: str,
    subscriber_id: int,
    reason: str,
    principal: Principal,
    *,
    only_here: bool = False,
) -> bool:
    """For all newsletters, which is for administrators, or for this one. False if it was already
    suppressed. Raises InvalidInput, NotFound.
    """
    require_for_newsletter(context, principal, "suppress_subscriber", slug)
    if not only_here:
        require(principal, "suppress_subscriber")
    detail = required_text(reason, "reason", _GIVE_A_REASON)
    with context.database.write() as session:
        reader = load_subscriber(session, slug, subscriber_id, lock=True)
        newsletter_id = reader.newsletter.id if only_here else None
        known_as = hash_address(context, reader.address)
        if suppressions.is_suppressed(session, known_as, newsletter_id):
            return False
        suppressions.suppress_subscriber(
            session,
            reader.subscriber,
            address=known_as,
            cause=_by_editor(detail, newsletter_id),
            who=principal,
            now=context.now(),
        )
    return True


def suppress_address(
    context: Context, address: str, reason: str, principal: Principal, slug: str | None = None
) -> bool:
    """Also of someone who is not here. `slug` None is all newsletters. False if it was already
    suppressed. Raises InvalidInput, NotFound.
    """
    require_for_newsletter_or_all(context, principal, "suppress_address", slug)
    detail = required_text(reason, "reason", _GIVE_A_REASON)
    known_as = hash_address(context, parse_address(address))
    with context.database.write() as session:
        newsletter_id = newsletter_by_slug(session, slug).id if slug else None
        if suppressions.is_suppressed(session, known_as, newsletter_id):
            return False
        cause, now = _by_editor(detail, newsletter_id), context.now()
        subscriber = find_subscriber(session, address)
        if subscriber is None:
            return suppressions.suppress_address(session, known_as, cause, principal, now)
        suppressions.suppress_subscriber(
            session, subscriber, address=known_as, cause=cause, who=principal, now=now
        )
    return True


def lift_suppression(  # noqa: PLR0913  who, why, by whom
    context: Context,
    slug: str,
    subscriber_id: int,
    reason: str,
    principal: Principal,
    *,
    typed_address: str = "",
) -> None:
    """All that keep this newsletter from mailing them. They are then unsubscribed and can subscribe
    again only by their own wish.

    Raises Conflict if they were erased, and InvalidInput after a complaint unless the address is
    typed again.
    """
    require_for_newsletter(context, principal, "lift_suppression", slug)
    why = required_text(reason, "reason", _GIVE_A_REASON)
    with context.database.write() as session:
        reader = load_subscriber(session, slug, subscriber_id, lock=True)
        known_as = hash_address(context, reader.address)
        found = suppressions.find_suppressions(session, known_as, reader.newsletter.id)
        is_confirmed = address_key(typed_address) == address_key(reader.address)
        _require_liftable(principal, found, is_confirmed=is_confirmed)
        _lift(context, session, found, known_as, subscriber_id, why, principal)


def lift_address(  # noqa: PLR0913  which, why, by whom
    context: Context,
    address: str,
    reason: str,
    principal: Principal,
    slug: str | None = None,
    *,
    is_confirmed: bool = False,
) -> int:
    """As `lift_suppression`, also of someone who is not here. Without `slug`, all of its
    suppressions. Returns how many were lifted.
    """
    require_for_newsletter_or_all(context, principal, "lift_address", slug)
    why = required_text(reason, "reason", _GIVE_A_REASON)
    known_as = hash_address(context, parse_address(address))
    with context.database.write() as session:
        subscriber = find_subscriber(session, address)
        if subscriber is not None:
            suppressions.lock_subscriber(session, subscriber.id)
        if slug:
            newsletter_id = newsletter_by_slug(session, slug).id
            found = suppressions.find_suppressions(session, known_as, newsletter_id)
        else:
            found = suppressions.all_suppressions(session, known_as)
        _require_liftable(principal, found, is_confirmed=is_confirmed)
        subscriber_id = subscriber.id if subscriber else None
        _lift(context, session, found, known_as, subscriber_id, why, principal)
        return len(found)


def _by_editor(detail: str, newsletter_id: int | None) -> Cause:
    return Cause(
        SuppressionReason.EDITOR, SuppressionSource.EDITOR, detail, newsletter_id=newsletter_id
    )


def _require_liftable(
    principal: Principal, found: list[Suppression], *, is_confirmed: bool
) -> None:
    if any(one.newsletter_id is None for one in found):
        require(principal, "lift_address")  # other newsletters mail it again, too
    require_liftable([SuppressionReason(one.reason) for one in found], is_confirmed=is_confirmed)


def _lift(  # noqa: PLR0913, PLR0917  what is lifted, and how it is recorded
    context: Context,
    session: Session,
    found: list[Suppression],
    known_as: HashedAddress,
    subscriber_id: int | None,
    why: str,
    principal: Principal,
) -> None:
    facts = {"reason": why, "lifted": sorted({one.reason for one in found})}
    change = Change(Action.SUBSCRIBER_SUPPRESSION_LIFTED, principal, context.now(), facts)
    suppressions.lift_suppressions(session, found, known_as, subscriber_id, change, LIFTED)
