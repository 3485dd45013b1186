"""An audience finds the subscribers that its sentence names, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select, update

from newsletter.domain.feedback.verdicts import FeedbackVerdict
from newsletter.domain.readers.audiences import audience_of, in_words
from newsletter.domain.readers.consent import ConsentKind, SubscriptionState
from newsletter.store.models import (
    Consent,
    FeedbackRow,
    Newsletter,
    Subscriber,
    Subscription,
    SubscriptionAttribute,
    SubscriptionTag,
)
from newsletter.store.readers import audience_paths
from newsletter.store.readers.audiences import audience_clauses, reader_clauses
from newsletter.store.readers.lists import (
    Listed,
    Order,
    ReaderQuery,
    count_readers,
    path_of,
    readers_page,
)
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
    cid = a_subscriber(
        late, made, address="cid@x.example", attributes={"plan": "", 'a.b"c': "x", "=a=b": "1=2"}
    )
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
    ([("attribute", r"\=a\=b=1=2")], "subscribers whose =a=b is “1=2”", "cid"),
    ([("attribute", r"\=a\=b")], "subscribers with any =a=b", "cid"),
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


@pytest.mark.parametrize("few", [audience_paths.FEW, 0])
def test_a_list_finds_them_in_every_order_page_by_page_whether_few_or_many(
    context: Context, newsletter: Newsletter, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience_paths, "FEW", few)
    for pairs, words, names in FOUND:
        by_address = names.split()
        by_joining = sorted(by_address, key=lambda name: name == "cid")  # who joined last
        for order, wanted in ((Order.OLDEST, by_joining), (Order.ADDRESS, by_address)):
            assert pages_of(context, newsletter, pairs, order) == wanted, words
        for order, wanted in ((Order.NEWEST, by_joining), (Order.ADDRESS_DOWN, by_address)):
            assert pages_of(context, newsletter, pairs, order) == wanted[::-1], words


def test_a_tag_and_an_attribute_are_found_as_they_are_now(
    context: Context, newsletter: Newsletter
) -> None:
    a_subscriber(context, newsletter, address="ed@x.example", tags=["Été"])
    assert pages_of(context, newsletter, [("tag", "Été")], Order.NEWEST) == ["ed"]
    with context.database.write() as session:
        ann = session.scalars(select(Subscriber).where(Subscriber.address_key == "ann@x.example"))
        session.execute(
            update(Subscription)
            .where(Subscription.subscriber_id == ann.one().id)
            .values(tags=["Kyoto", "kyoto", "PAID"], attributes={"plan": "free", "city": None})
        )

    found = {
        value: pages_of(context, newsletter, [(kind, value)], Order.NEWEST)
        for kind, value in (
            ("tag", "kyoto"),
            ("tag", "paid"),
            ("tag", "berlin"),
            ("attribute", "plan=free"),
            ("attribute", "plan=pro"),
            ("attribute", "city"),
        )
    }

    assert {value for value, names in found.items() if names} == {"kyoto", "paid", "plan=free"}
    assert found["kyoto"] == found["paid"] == found["plan=free"] == ["ann"]
    with context.database.write() as session:
        session.execute(delete(Consent))
        session.execute(delete(Subscription))
        session.execute(delete(Subscriber))
        assert not session.scalar(select(func.count()).select_from(SubscriptionTag))
        assert not session.scalar(select(func.count()).select_from(SubscriptionAttribute))


def pages_of(
    context: Context, newsletter: Newsletter, pairs: list[tuple[str, str]], order: Order
) -> list[str]:
    """Names, by pages of one, which lead back to where they began."""
    query = ReaderQuery(newsletter.id, newsletter.time_zone, audience_of(pairs))
    pages: list[list[Listed]] = [[]]
    with context.database.read() as session:
        path = path_of(session, query)
        edge: int | None = None
        while found := readers_page(
            session, query, path, order, older_than=edge, newer_than=None, limit=1
        ):
            if edge is not None:
                back = readers_page(
                    session,
                    query,
                    path,
                    order,
                    older_than=None,
                    newer_than=found[0].subscriber_id,
                    limit=1,
                )
                assert back == pages[-1]
            pages.append(found)
            edge = found[-1].subscriber_id
        assert count_readers(session, query, path, 10) == len(pages) - 1
    return [one.address.partition("@")[0] for page in pages for one in page]


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
