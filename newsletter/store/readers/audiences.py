"""An audience as SQL: conditions on subscriptions, joined with their subscribers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    cast,
    exists,
    false,
    func,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from newsletter.domain.audiences import FEEDBACK, SOURCES, Audience, Condition, Kind
from newsletter.domain.consent import SubscriptionState
from newsletter.domain.deliveries import DeliveryState
from newsletter.domain.reader_sections import muted_tag
from newsletter.store.models import (
    Consent,
    Delivery,
    Edition,
    FeedbackRow,
    Subscriber,
    Subscription,
)

Clause = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class AudienceOf:
    """What a clause needs to know beside the audience. `zone` is the newsletter's."""

    newsletter_id: int
    zone: str
    is_sqlite: bool


def audience_clauses(
    session: Session, audience: Audience, newsletter_id: int, zone: str
) -> list[Clause]:
    """All of them must hold. For a query that has Subscription and Subscriber, joined."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    of = AudienceOf(newsletter_id, zone, is_sqlite)
    return [Subscription.newsletter_id == newsletter_id, *_clauses(audience, of)]


def reader_clauses(
    session: Session, audience: Audience, newsletter_id: int, zone: str
) -> list[Clause]:
    """Active and in the audience. For a query that has Subscription alone."""
    active = Subscription.state == SubscriptionState.ACTIVE
    found = audience_clauses(session, audience, newsletter_id, zone)
    if audience.attributes:
        subscriber = exists().where(Subscriber.id == Subscription.subscriber_id, *found)
        return [Subscription.newsletter_id == newsletter_id, active, subscriber]
    return [active, *found]


def joined_clauses(audience: Audience, zone: str) -> list[Clause]:
    """By the days on which they joined; empty if it does not matter."""
    return [
        Subscription.created_at >= _begin(condition, zone)
        if condition.kind is Kind.JOINED_SINCE
        else Subscription.created_at < _begin(condition, zone)
        for condition in audience.conditions
        if condition.kind in (Kind.JOINED_SINCE, Kind.JOINED_BEFORE)
    ]


def _clauses(audience: Audience, of: AudienceOf) -> Iterator[Clause]:
    for kind, make in _MAKERS.items():
        if values := audience.values(kind):
            yield make(values, of)
    for name, values in audience.attributes.items():
        yield _has_attribute(name, values, of)
    yield from joined_clauses(audience, of.zone)
    for condition in audience.conditions:
        if condition.kind is Kind.NOT_MAILED_SINCE:
            yield _was_not_mailed(_begin(condition, of.zone), of)


def _is_in_state(values: Sequence[str], _: AudienceOf) -> Clause:
    return Subscription.state.in_(values)


def _has_tag(values: Sequence[str], of: AudienceOf) -> Clause:
    """Whatever its case."""
    if of.is_sqlite:
        tags = func.json_each(Subscription.tags).table_valued("value", name="tags_of")
    else:
        tags = func.jsonb_array_elements_text(Subscription.tags).table_valued(
            "value", name="tags_of"
        )
    found = exists(select(true()).select_from(tags).where(_is_any(tags.c.value, values)))
    return and_(_may_have_tag(values), found) if of.is_sqlite else found


def _may_have_tag(values: Sequence[str]) -> Clause:
    """The text of the array has the tag's. To look at that is far quicker than to read the array.

    Letters beyond ASCII may be written as escapes or as they are.
    """
    text = type_coerce(Subscription.tags, String)
    if not all(value.isascii() for value in values):
        return text != "[]"
    return or_(*(text.contains(json.dumps(value), autoescape=True) for value in values))


def _has_no_tag(values: Sequence[str], of: AudienceOf) -> Clause:
    return ~_has_tag(values, of)


def _is_interested(sections: Sequence[str], of: AudienceOf) -> Clause:
    """In one of them. Nobody has to say so: it is the default."""
    return or_(*(~_has_tag([muted_tag(one)], of) for one in sections))


def _has_attribute(name: str, values: Sequence[str], of: AudienceOf) -> Clause:
    """Numbers, true and false are compared as they are written in JSON."""
    if not of.is_sqlite:
        text = func.jsonb_extract_path_text(cast(Subscriber.attributes, JSONB), name)
        return _is_any(text, values) if values else func.coalesce(text, "") != ""
    pairs = func.json_each(Subscriber.attributes).table_valued(
        "key", "value", "type", name="attributes_of"
    )
    written = cast(pairs.c.value, String)
    fits = or_(_is_any(written, values), pairs.c.type.in_([one.lower() for one in values]))
    wanted = fits if values else func.coalesce(written, "") != ""
    return exists(select(true()).select_from(pairs).where(pairs.c.key == name, wanted))


def _came_by(values: Sequence[str], _: AudienceOf) -> Clause:
    kinds = [kind for value in values for kind in SOURCES[value]]
    return exists().where(Consent.subscription_id == Subscription.id, Consent.kind.in_(kinds))


def _said(values: Sequence[str], of: AudienceOf) -> Clause:
    verdicts = [verdict for value in values for verdict in FEEDBACK[value]]
    return exists().where(
        FeedbackRow.subscriber_id == Subscription.subscriber_id,
        FeedbackRow.newsletter_id == of.newsletter_id,
        FeedbackRow.verdict.in_(verdicts),
    )


def _was_not_mailed(since: datetime, of: AudienceOf) -> Clause:
    editions = select(Edition.id).where(
        Edition.newsletter_id == of.newsletter_id, Edition.expires_at >= since
    )
    return ~exists().where(
        Delivery.subscriber_id == Subscription.subscriber_id,
        Delivery.edition_id.in_(editions),
        Delivery.state == DeliveryState.ACCEPTED,
        Delivery.state_at >= since,
    )


def _begin(condition: Condition, zone: str) -> datetime:
    return datetime.combine(condition.day, time(), ZoneInfo(zone)).astimezone(UTC)


def _is_any(text: ColumnElement[str], values: Sequence[str]) -> Clause:
    """SQLite knows upper and lower case of A to Z alone, so the value as typed counts, too."""
    if not values:
        return false()
    return or_(func.lower(text).in_([one.lower() for one in values]), text.in_(values))


_MAKERS: dict[Kind, Callable[[Sequence[str], AudienceOf], Clause]] = {
    Kind.STATE: _is_in_state,
    Kind.TAG: _has_tag,
    Kind.NO_TAG: _has_no_tag,
    Kind.INTEREST: _is_interested,
    Kind.SOURCE: _came_by,
    Kind.FEEDBACK: _said,
}
