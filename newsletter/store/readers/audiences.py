"""An audience as SQL: conditions on subscriptions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, String, cast, exists, func, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.readers.audiences import FEEDBACK, SOURCES, Audience, Condition, Kind
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.domain.readers.reader_sections import muted_tag
from newsletter.store.models import (
    Consent,
    Delivery,
    FeedbackRow,
    LastMailed,
    Subscription,
    SubscriptionAttribute,
    SubscriptionTag,
)
from newsletter.store.sending.last_mailed import not_noted

Clause = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class AudienceOf:
    """What a clause needs to know beside the audience. `zone` is the newsletter's, `not_noted` has
    editions whose ledgers must be asked who got them.
    """

    newsletter_id: int
    zone: str
    is_sqlite: bool
    not_noted: tuple[int, ...] = ()


def audience_clauses(
    session: Session, audience: Audience, newsletter_id: int, zone: str
) -> list[Clause]:
    """All of them must hold. For a query that has Subscription."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    days = [_begin(one, zone) for one in audience.conditions if one.kind is Kind.NOT_MAILED_SINCE]
    ledgers = not_noted(session, newsletter_id, min(days)) if days else ()
    of = AudienceOf(newsletter_id, zone, is_sqlite, tuple(ledgers))
    return [Subscription.newsletter_id == newsletter_id, *_clauses(audience, of)]


def reader_clauses(
    session: Session, audience: Audience, newsletter_id: int, zone: str
) -> list[Clause]:
    """Active and in the audience."""
    active = Subscription.state == SubscriptionState.ACTIVE
    return [active, *audience_clauses(session, audience, newsletter_id, zone)]


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
        yield _has_attribute(name, values, of) if values else _has_any(name, of)
    yield from joined_clauses(audience, of.zone)
    for condition in audience.conditions:
        if condition.kind is Kind.NOT_MAILED_SINCE:
            yield _was_not_mailed(_begin(condition, of.zone), of)


def _is_in_state(values: Sequence[str], _: AudienceOf) -> Clause:
    return Subscription.state.in_(values)


def tag_rows(values: Sequence[str], newsletter_id: int) -> list[Clause]:
    """Of SubscriptionTag: the tags, whatever their case."""
    index = SubscriptionTag
    return [index.newsletter_id == newsletter_id, _is_one(index.tag, index_keys(values))]


def attribute_rows(name: str, values: Sequence[str], newsletter_id: int) -> list[Clause]:
    """Of SubscriptionAttribute: any value if there are none."""
    index = SubscriptionAttribute
    wanted = _is_one(index.value, index_keys(values)) if values else index.value != ""
    return [index.newsletter_id == newsletter_id, index.name == name, wanted]


def index_keys(values: Sequence[str]) -> list[ColumnElement[str] | str]:
    """In lower case as Python has it, and as the database does, which may know A to Z alone."""
    found: dict[str, ColumnElement[str] | str] = {}
    for value in values:
        found[value.lower()] = value.lower()
        if not value.isascii():
            found[f"{value} itself"] = func.lower(value)
    return list(found.values())


def _is_one(column: InstrumentedAttribute[str], keys: Sequence[Any]) -> Clause:
    found: Clause = column.in_(keys) if len(keys) > 1 else column == keys[0]
    return found


def _has_tag(values: Sequence[str], of: AudienceOf) -> Clause:
    theirs = SubscriptionTag.subscriber_id == Subscription.subscriber_id
    found = select(true()).where(theirs, *tag_rows(values, of.newsletter_id))
    return exists(found.correlate(Subscription))


def _has_no_tag(values: Sequence[str], of: AudienceOf) -> Clause:
    return ~_has_tag(values, of)


def _is_interested(sections: Sequence[str], of: AudienceOf) -> Clause:
    """In one of them. Nobody has to say so: it is the default."""
    return or_(*(~_has_tag([muted_tag(one)], of) for one in sections))


def _has_attribute(name: str, values: Sequence[str], of: AudienceOf) -> Clause:
    theirs = SubscriptionAttribute.subscriber_id == Subscription.subscriber_id
    found = select(true()).where(theirs, *attribute_rows(name, values, of.newsletter_id))
    return exists(found.correlate(Subscription))


def _has_any(name: str, of: AudienceOf) -> Clause:
    """From the JSON: the index has an order by values, and every value would do."""
    if not of.is_sqlite:
        value = func.jsonb_extract_path_text(cast(Subscription.attributes, JSONB), name)
        return func.coalesce(value, "") != ""
    pairs = func.json_each(Subscription.attributes).table_valued(
        "key", "value", name="attributes_of"
    )
    is_there = func.coalesce(cast(pairs.c.value, String), "") != ""
    found = select(true()).select_from(pairs).where(pairs.c.key == name, is_there)
    return exists(found.correlate(Subscription))


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


def not_mailed_rows(audience: Audience, newsletter_id: int, zone: str) -> list[Clause]:
    """Of LastMailed; empty if it does not matter. The index has states before moments."""
    days = [_begin(one, zone) for one in audience.conditions if one.kind is Kind.NOT_MAILED_SINCE]
    if not days:
        return []
    states = audience.values(Kind.STATE) or [state.value for state in SubscriptionState]
    of_ours = LastMailed.newsletter_id == newsletter_id
    return [of_ours, LastMailed.state.in_(states), LastMailed.at < min(days)]


def _was_not_mailed(since: datetime, of: AudienceOf) -> Clause:
    before = exists().where(
        LastMailed.newsletter_id == of.newsletter_id,
        LastMailed.subscriber_id == Subscription.subscriber_id,
        LastMailed.at < since,
    )
    if not of.not_noted:
        return before
    return before & ~exists().where(
        Delivery.subscriber_id == Subscription.subscriber_id,
        Delivery.edition_id.in_(of.not_noted),
        Delivery.state == DeliveryState.ACCEPTED,
        Delivery.state_at >= since,
    )


def _begin(condition: Condition, zone: str) -> datetime:
    return datetime.combine(condition.day, time(), ZoneInfo(zone)).astimezone(UTC)


_MAKERS: dict[Kind, Callable[[Sequence[str], AudienceOf], Clause]] = {
    Kind.STATE: _is_in_state,
    Kind.TAG: _has_tag,
    Kind.NO_TAG: _has_no_tag,
    Kind.INTEREST: _is_interested,
    Kind.SOURCE: _came_by,
    Kind.FEEDBACK: _said,
}
