"""An audience finds the subscribers that its sentence names, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from newsletter.domain.audiences import audience_of, in_words
from newsletter.domain.consent import ConsentKind, SubscriptionState
from newsletter.domain.feedback import FeedbackVerdict
from newsletter.store.models import Consent, FeedbackRow, Newsletter, Subscriber, Subscription
from newsletter.store.readers.audiences import audience_clauses, reader_clauses
from newsletter.usecases.context import Context
from tests.support.builders import a_newsletter, a_subscriber

ZONE = ZoneInfo("Europe/Berlin")


@pytest.fixture
def newsletter(context: Context) -> Newsletter:
    """Ann, Bo, Cid and Di, and a neighbour of another newsletter who has all of it."""
    made = a_newsletter(context, time_zone="Europe/Berlin")
    ann = a_subscriber(
        context, made, address="ann@x.example", tags=["Berlin", "paid"], attributes={"plan": "pro"}
    )
    a_subscriber(
        context,
        made,
        address="bo@x.example",
        tags=["oslo", "muted: jobs"],
        attributes={"plan": 3, "vip": True},
    )
    late = replace(context, now=lambda: datetime(2026, 11, 23, 0, 30, tzinfo=ZONE))
    cid = a_subscriber(late, made, address="cid@x.example", attributes={"plan": "", 'a.b"c': "x"})
    a_subscriber(context, made, address="di@x.example", state=SubscriptionState.UNSUBSCRIBED)
    a_subscriber(context, a_newsletter(context), address="eve@x.example", tags=["Berlin"])
    with context.database.write() as session:
        session.add(Consent(subscription_id=ann.id, kind=ConsentKind.ASKED, at=context.now()))
        session.add(Consent(subscription_id=cid.id, kind=ConsentKind.IMPORTED, at=context.now()))
        session.add(
            FeedbackRow(
                at=context.now(),
                newsletter_id=made.id,
                subscriber_id=cid.subscriber_id,
                verdict=FeedbackVerdict.SOFT,
            )
        )
    return made


FOUND = [
    ([], "all subscribers", "ann bo cid di"),
    ([("tag", "berlin")], "subscribers with the tag “berlin”", "ann"),
    ([("tag", "berlin"), ("tag", "oslo")], "subscribers with the tag “berlin” or “oslo”", "ann bo"),
    (
        [("state", "active"), ("no_tag", "paid")],
        "active subscribers without the tag “paid”",
        "bo cid",
    ),
    ([("interest", "Jobs")], "subscribers interested in “Jobs”", "ann cid di"),
    (
        [("interest", "Jobs"), ("interest", "Events")],
        "subscribers interested in “Jobs” or “Events”",
        "ann bo cid di",
    ),
    ([("attribute", "plan=PRO")], "subscribers whose plan is “PRO”", "ann"),
    (
        [("attribute", "plan=3"), ("attribute", "vip=true")],
        "subscribers whose plan is “3”, whose vip is “true”",
        "bo",
    ),
    ([("attribute", "plan")], "subscribers with any plan", "ann bo"),
    ([("attribute", 'a.b"c=x')], 'subscribers whose a.b"c is “x”', "cid"),
    ([("source", "signup")], "subscribers who signed up themselves", "ann"),
    (
        [("source", "signup"), ("source", "import")],
        "subscribers who signed up themselves or came by import",
        "ann cid",
    ),
    ([("feedback", "bounced")], "subscribers who had mail bounce", "cid"),
    ([("since", "2026-11-23")], "subscribers who joined on or after 23 November 2026", "cid"),
    (
        [("before", "2026-11-23"), ("tag", "paid")],
        "subscribers with the tag “paid”, who joined before 23 November 2026",
        "ann",
    ),
    (
        [("not_mailed_since", "2026-11-01"), ("tag", "oslo")],
        "subscribers with the tag “oslo”, who got no issue since 1 November 2026",
        "bo",
    ),
]


def test_an_issue_goes_only_to_the_active_ones_of_an_audience(
    context: Context, newsletter: Newsletter
) -> None:
    for pairs, names in (([], "ann bo cid"), ([("tag", "paid"), ("attribute", "plan=pro")], "ann")):
        with context.database.read() as session:
            clauses = reader_clauses(
                session, audience_of(pairs), newsletter.id, newsletter.time_zone
            )
            found = session.scalars(
                select(Subscriber.address)
                .where(Subscriber.id.in_(select(Subscription.subscriber_id).where(*clauses)))
                .order_by(Subscriber.address)
            )
            assert [str(address).partition("@")[0] for address in found] == names.split()


def test_an_audience_finds_whom_its_sentence_names(
    context: Context, newsletter: Newsletter
) -> None:
    for pairs, words, names in FOUND:
        audience = audience_of(pairs)
        assert in_words(audience) == words
        assert names_of(context, newsletter, pairs) == names.split(), words


def names_of(context: Context, newsletter: Newsletter, pairs: list[tuple[str, str]]) -> list[str]:
    with context.database.read() as session:
        clauses = audience_clauses(session, audience_of(pairs), newsletter.id, newsletter.time_zone)
        found = session.scalars(
            select(Subscriber.address)
            .join(Subscription, Subscription.subscriber_id == Subscriber.id)
            .where(*clauses)
            .order_by(Subscriber.address)
        )
        return [str(address).partition("@")[0] for address in found]
