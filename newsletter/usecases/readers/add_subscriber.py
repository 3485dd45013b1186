"""Adds a subscriber by hand, with the evidence of consent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import Conflict, InvalidInput
from newsletter.domain.problems import raise_problems
from newsletter.domain.readers.address_spellings import tidy_address
from newsletter.domain.readers.addresses import parse_address
from newsletter.domain.readers.consent import RECEIVING, ConsentKind, SubscriptionState
from newsletter.domain.readers.subscriber_rows import (
    clean_attributes,
    clean_name,
    clean_tags,
    merged_tags,
)
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import Change
from newsletter.store.models import Consent, Subscription, Suppression
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.store.readers.states import change_state
from newsletter.store.readers.subscriptions import (
    ensure_subscriber,
    ensure_subscription,
    record_consent,
)
from newsletter.store.readers.suppressions import find_suppression, lock_subscriber
from newsletter.usecases.context import Context
from newsletter.usecases.permissions import require_for_newsletter
from newsletter.usecases.readers.edit_subscriber import as_field_problem
from newsletter.usecases.readers.find_subscriber import (
    SubscriberRecord,
    hash_address,
    required_text,
)


@dataclass(frozen=True, slots=True)
class NewSubscriber:
    """As typed. `asked_again` says how someone who had unsubscribed asked again, or ""."""

    address: str
    consent: str
    name: str = ""
    tags: str = ""
    attributes: str = ""
    asked_again: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """`is_new` is False for someone who was already subscribed."""

    subscriber_id: int
    address: str
    is_new: bool


class AlreadyUnsubscribed(Conflict):
    """They had unsubscribed. Only their own wish can subscribe them again."""


@dataclass(frozen=True, slots=True)
class _Checked:
    address: str
    consent: str
    asked_again: str
    name: str
    tags: list[str] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)


def add_subscriber(context: Context, slug: str, new: NewSubscriber, principal: Principal) -> Added:
    """Raises InvalidFields, AlreadyUnsubscribed, or Conflict for a suppressed address."""
    require_for_newsletter(context, principal, "add_subscriber", slug)
    wanted = _check(new)
    now = context.now()
    with context.database.write() as session:
        newsletter = newsletter_by_slug(session, slug)
        _require_not_suppressed(context, session, wanted.address, newsletter.id)
        subscriber = ensure_subscriber(session, wanted.address, now)
        lock_subscriber(session, subscriber.id)
        _require_not_suppressed(context, session, wanted.address, newsletter.id)
        subscription = ensure_subscription(session, newsletter.id, subscriber.id, now)
        reader = SubscriberRecord(newsletter, subscriber, subscription)
        subscription.name = wanted.name or subscription.name
        subscription.attributes = {**subscription.attributes, **wanted.attributes}
        subscription.tags = merged_tags(subscription.tags, wanted.tags)
        if subscription.state in RECEIVING:
            return Added(subscriber.id, subscriber.address or "", is_new=False)
        _subscribe(context, session, reader, wanted, principal)
        return Added(subscriber.id, subscriber.address or "", is_new=True)


def _subscribe(
    context: Context,
    session: Session,
    reader: SubscriberRecord,
    wanted: _Checked,
    principal: Principal,
) -> None:
    now, how = context.now(), wanted.consent
    if _has_unsubscribed(session, reader.subscription):
        if not wanted.asked_again:
            raise AlreadyUnsubscribed(
                f"{reader.address} has unsubscribed from this newsletter before.",
                advice="Add them only if they asked to subscribe again. Say how they asked.",
            )
        how = f"asked again: {wanted.asked_again}; {how}"
    change = Change(Action.SUBSCRIBER_ADDED, principal, now)
    change_state(session, reader.subscription, SubscriptionState.ACTIVE, change, how="added")
    record_consent(
        session, reader.subscription.id, ConsentKind.ADDED, at=now, how=how, actor=principal.name
    )


def _has_unsubscribed(session: Session, subscription: Subscription) -> bool:
    """Also true if their address was entered on the signup page again but not confirmed."""
    if subscription.state != SubscriptionState.PENDING:
        return True
    left = exists().where(
        Consent.subscription_id == subscription.id, Consent.kind == ConsentKind.WITHDRAWN
    )
    return bool(session.scalar(select(left)))


def _require_not_suppressed(
    context: Context, session: Session, address: str, newsletter_id: int
) -> None:
    found = find_suppression(session, hash_address(context, address), newsletter_id)
    if found is not None:
        raise Conflict(
            f"{address} is suppressed ({found.reason}) and can't be added.",
            advice=f"{_whose(found)} sends to it. You can lift the suppression on the page "
            "“Suppressed”, unless the person was erased.",
        )


def _whose(found: Suppression) -> str:
    return "No newsletter" if found.newsletter_id is None else "This newsletter no longer"


def _check(new: NewSubscriber) -> _Checked:
    problems: dict[str, str] = {}

    def checked(name: str, check: Any, text: str) -> Any:
        try:
            return check(text)
        except InvalidInput as error:
            problems[name] = as_field_problem(error)
            return None

    pasted = tidy_address(new.address)
    address = checked("address", parse_address, pasted.address)
    consent = checked(
        "consent",
        lambda text: required_text(text, "consent", "Say how this person agreed."),
        new.consent,
    )
    name = checked("name", clean_name, new.name or pasted.name)
    tags = checked("tags", clean_tags, new.tags)
    attributes = checked("attributes", clean_attributes, new.attributes)
    if len(new.asked_again) > 500:
        problems["asked_again"] = "Use at most 500 characters."
    raise_problems(problems)
    return _Checked(address, consent, " ".join(new.asked_again.split()), name, tags, attributes)
