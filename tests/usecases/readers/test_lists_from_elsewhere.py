"""Who left elsewhere, bounced or complained there: kept as such, whatever list comes next."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from newsletter.domain.errors import Conflict
from newsletter.domain.readers.addresses import hashed_address
from newsletter.domain.readers.audiences import audience_of
from newsletter.domain.readers.consent import (
    ConsentKind,
    SubscriptionState,
    SuppressionReason,
    SuppressionSource,
)
from newsletter.domain.readers.listed_as import ListedAs
from newsletter.domain.staff.principals import Principal
from newsletter.reading.subscriber_lists.sheets import UnclearStates
from newsletter.store.models import Consent, Event, Subscriber, Subscription, Suppression
from newsletter.store.readers.lists import Order
from newsletter.store.readers.subscriptions import (
    find_subscriber,
    find_subscription,
    record_consent,
)
from newsletter.usecases.clicks.show_growth import show_growth
from newsletter.usecases.context import Context
from newsletter.usecases.readers import import_subscribers as importing
from newsletter.usecases.readers.add_subscriber import NewSubscriber, add_subscriber
from newsletter.usecases.readers.erase_subscriber import erase_subscriber
from newsletter.usecases.readers.forget_client_addresses import forget_client_addresses
from newsletter.usecases.readers.import_subscribers import (
    ImportReport,
    check_import,
    import_subscribers,
)
from newsletter.usecases.readers.list_subscribers import SubscriberFilter, list_subscribers
from newsletter.usecases.readers.take_rows import Source
from tests.support.builders import a_newsletter, a_subscriber
from tests.support.lists import choices

ADA = Principal.administrator(1, "ada@example.org")
MOVED = Source("Moved here from our former service", "list.csv")


def take(context: Context, newsletter: Any, text: str) -> ImportReport:
    """Checked before, imported, and imported again: the check is true, and the second one idle."""
    data = io.BytesIO(text.encode())
    checked = check_import(context, newsletter.slug, data, ADA, file_name=MOVED.file_name)
    report = import_subscribers(context, newsletter.slug, data, MOVED, ADA)
    assert report == checked
    before = everything(context)
    again = import_subscribers(context, newsletter.slug, data, MOVED, ADA)
    assert (again.new, again.updated) == (0, 0)
    assert everything(context) == before
    return report


def everything(context: Context) -> list[Any]:
    with context.database.read() as session:
        return [
            session.execute(select(table.__table__).order_by(table.id)).all()
            for table in (Subscriber, Subscription, Consent, Suppression, Event)
        ]


def subscription(context: Context, newsletter: Any, address: str) -> Subscription:
    with context.database.read() as session:
        subscriber = find_subscriber(session, address)
        assert subscriber is not None
        found = find_subscription(session, newsletter.id, subscriber.id)
        assert found is not None
        return found


def state(context: Context, newsletter: Any, address: str) -> str:
    return subscription(context, newsletter, address).state


def evidence(context: Context, newsletter: Any, address: str) -> list[tuple[str, datetime, str]]:
    found = subscription(context, newsletter, address)
    with context.database.read() as session:
        rows = session.scalars(
            select(Consent).where(Consent.subscription_id == found.id).order_by(Consent.id)
        )
        return [(row.kind, row.at, row.how) for row in rows]


def suppression(context: Context, address: str) -> Suppression | None:
    known_as = hashed_address(address, context.settings.address_hash_key.encode())
    with context.database.read() as session:
        return session.scalar(
            select(Suppression).where(Suppression.address_hash == known_as.current)
        )


STATES = (
    "email,status\nactive@x.org,active\npaused@x.org,paused\npending@x.org,unconfirmed\n"
    "left@x.org,unsubscribed\nbounced@x.org,bounced\nangry@x.org,complained\n"
    "blocked@x.org,blocklisted\n"
)


def test_each_state_of_a_list_becomes_ours(context: Context) -> None:
    newsletter = a_newsletter(context)
    report = take(context, newsletter, STATES)
    assert (report.new, report.left_out) == (7, 0)
    assert report.new_as == dict.fromkeys(set(ListedAs) - {ListedAs.LEFT_OUT}, 1)
    assert {
        name: state(context, newsletter, f"{name}@x.org")
        for name in ("active", "paused", "pending", "left", "bounced", "angry", "blocked")
    } == {
        "active": SubscriptionState.ACTIVE,
        "paused": SubscriptionState.PAUSED,
        "pending": SubscriptionState.PENDING,
        "left": SubscriptionState.UNSUBSCRIBED,
        "bounced": SubscriptionState.SUPPRESSED,
        "angry": SubscriptionState.SUPPRESSED,
        "blocked": SubscriptionState.SUPPRESSED,
    }


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("bounced", SuppressionReason.HARD_BOUNCE),
        ("complained", SuppressionReason.COMPLAINT),
        ("blocklisted", SuppressionReason.EDITOR),
    ],
)
def test_who_is_suppressed_is_so_with_the_reason_and_for_every_newsletter(
    context: Context, status: str, reason: SuppressionReason
) -> None:
    newsletter, other = a_newsletter(context), a_newsletter(context)
    a_subscriber(context, other, address="known@x.org")
    take(context, newsletter, f"email,status\nnew@x.org,{status}\nKnown@x.org,{status}\n")
    for line, address in enumerate(("new@x.org", "known@x.org"), start=2):
        found = suppression(context, address)
        assert found is not None
        assert (found.reason, found.actor) == (reason, ADA.name)
        assert found.detail == f"{status} elsewhere (list.csv, line {line})"
        assert state(context, newsletter, address) == SubscriptionState.SUPPRESSED
        with pytest.raises(Conflict, match="is suppressed"):
            add_subscriber(context, other.slug, NewSubscriber(address, "asked"), ADA)
    assert state(context, other, "known@x.org") == SubscriptionState.SUPPRESSED


def test_nobody_who_is_gone_by_one_list_comes_back_by_another(context: Context) -> None:
    newsletter, other = a_newsletter(context), a_newsletter(context)
    take(context, newsletter, STATES)
    everybody = "email\n" + "".join(
        f"{name}@x.org\n" for name in ("left", "bounced", "angry", "blocked")
    )
    report = take(context, newsletter, everybody)
    assert (report.new, report.updated, report.left_out) == (0, 0, 4)
    assert state(context, newsletter, "left@x.org") == SubscriptionState.UNSUBSCRIBED
    elsewhere = take(context, other, everybody)
    assert [row.address for row in elsewhere.shown] == [
        "bounced@x.org",
        "angry@x.org",
        "blocked@x.org",
    ]
    assert state(context, other, "left@x.org") == SubscriptionState.ACTIVE


def test_a_list_of_those_who_left_ends_what_an_earlier_list_had_begun(context: Context) -> None:
    newsletter = a_newsletter(context)
    take(context, newsletter, "email\nleft@x.org\nbounced@x.org\nstays@x.org\n")
    report = take(
        context, newsletter, "email,status\nleft@x.org,unsubscribed\nbounced@x.org,cleaned\n"
    )
    assert (report.new, report.updated) == (0, 2)
    assert report.ended_as == {ListedAs.UNSUBSCRIBED: 1, ListedAs.BOUNCED: 1}
    assert state(context, newsletter, "left@x.org") == SubscriptionState.UNSUBSCRIBED
    assert state(context, newsletter, "bounced@x.org") == SubscriptionState.SUPPRESSED
    assert state(context, newsletter, "stays@x.org") == SubscriptionState.ACTIVE
    assert evidence(context, newsletter, "left@x.org")[-1] == (
        ConsentKind.WITHDRAWN,
        context.now(),
        "unsubscribed elsewhere (list.csv, line 2)",
    )


def test_who_confirmed_here_after_leaving_there_stays(context: Context) -> None:
    newsletter = a_newsletter(context)
    confirmed = datetime(2024, 5, 1, tzinfo=UTC)
    for name in ("later", "before", "unknown", "angry", "dead", "alive", "blocked"):
        reader = a_subscriber(context, newsletter, address=f"{name}@x.org")
        with context.database.write() as session:
            record_consent(session, reader.id, ConsentKind.CONFIRMED, at=confirmed)
    report = take(
        context,
        newsletter,
        "email,status,unsubscribed_at\n"
        "later@x.org,unsubscribed,2024-04-01\nbefore@x.org,unsubscribed,2024-06-01\n"
        "unknown@x.org,unsubscribed,\nangry@x.org,complained,2024-04-01\n"
        "dead@x.org,bounced,\nblocked@x.org,blocklisted,\n",
    )
    assert [row.address for row in report.shown] == ["later@x.org", "unknown@x.org"]
    assert state(context, newsletter, "dead@x.org") == SubscriptionState.SUPPRESSED
    assert state(context, newsletter, "blocked@x.org") == SubscriptionState.SUPPRESSED
    assert state(context, newsletter, "alive@x.org") == SubscriptionState.ACTIVE
    assert "confirmed here on 1 May 2024" in report.shown[0].reason
    assert state(context, newsletter, "later@x.org") == SubscriptionState.ACTIVE
    assert state(context, newsletter, "unknown@x.org") == SubscriptionState.ACTIVE
    assert state(context, newsletter, "before@x.org") == SubscriptionState.UNSUBSCRIBED
    assert state(context, newsletter, "angry@x.org") == SubscriptionState.SUPPRESSED


@pytest.mark.parametrize("chunk", [2, 10_000])
def test_a_list_that_has_someone_twice_keeps_that_they_left(
    context: Context, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(importing, "ROWS_IN_A_CHUNK", chunk)
    newsletter = a_newsletter(context)
    report = take(
        context,
        newsletter,
        "email,status\nA@x.org,active\nb@x.org,unsubscribed\nc@x.org,active\nd@x.org,active\n"
        "a@x.org,unsubscribed\nB@x.org,active\n",
    )
    assert {row.line: row.reason for row in report.shown} == {
        2: "line 6 says that this subscriber has left or is suppressed",
        7: "line 3 says that this subscriber has left or is suppressed",
    }
    for name in "ab":
        assert state(context, newsletter, f"{name}@x.org") == SubscriptionState.UNSUBSCRIBED
    assert state(context, newsletter, "c@x.org") == SubscriptionState.ACTIVE


def test_a_state_that_is_not_understood_stops_the_import_before_anything_is_done(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_IN_A_CHUNK", 1)
    newsletter = a_newsletter(context)
    data = io.BytesIO(b"email,status\na@x.org,active\nb@x.org,unsubscribed\nc@x.org,lapsed\n")
    before = everything(context)
    with pytest.raises(UnclearStates):
        import_subscribers(context, newsletter.slug, data, MOVED, ADA)
    assert everything(context) == before
    answered = Source(MOVED.consent, "list.csv", choices(status=("lapsed=unsubscribed",)))
    import_subscribers(context, newsletter.slug, data, answered, ADA)
    assert state(context, newsletter, "c@x.org") == SubscriptionState.UNSUBSCRIBED


def test_the_evidence_tells_of_consent_and_of_its_end_with_times_and_address(
    context: Context,
) -> None:
    newsletter = a_newsletter(context)
    take(
        context,
        newsletter,
        "email,status,confirmed_at,confirm_ip,unsubscribed_at\n"
        "a@x.org,active,2019-03-01,192.0.2.1,\nb@x.org,unsubscribed,2019-03-01,192.0.2.2,2021-05-06\n"
        "c@x.org,bounced,,,\nd@x.org,pending,,2001:db8::4,\n",
    )
    began, left = datetime(2019, 3, 1, tzinfo=UTC), datetime(2021, 5, 6, tzinfo=UTC)
    moved = "Moved here from our former service (list.csv, line {})"
    assert evidence(context, newsletter, "a@x.org") == [
        (ConsentKind.IMPORTED, began, moved.format(2))
    ]
    assert evidence(context, newsletter, "b@x.org") == [
        (ConsentKind.IMPORTED, began, moved.format(3)),
        (ConsentKind.WITHDRAWN, left, "unsubscribed elsewhere on 6 May 2021 (list.csv, line 3)"),
    ]
    assert evidence(context, newsletter, "c@x.org") == [
        (ConsentKind.SUPPRESSED, context.now(), "bounced elsewhere (list.csv, line 4)")
    ]
    assert evidence(context, newsletter, "d@x.org") == [
        (ConsentKind.ASKED, context.now(), moved.format(5))
    ]
    assert subscription(context, newsletter, "b@x.org").state_at == left
    with context.database.read() as session:
        told = dict(
            session.execute(
                select(Subscriber.address, Consent.client_address)
                .join(Subscription, Subscription.id == Consent.subscription_id)
                .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
                .where(Consent.kind.in_((ConsentKind.IMPORTED, ConsentKind.ASKED)))
            ).all()
        )
    assert told == {"a@x.org": "192.0.2.1", "b@x.org": "192.0.2.2", "d@x.org": "2001:db8::4"}


def test_addresses_of_computers_are_kept_from_the_import_on_as_long_as_others(
    context: Context, clock: Any
) -> None:
    newsletter = a_newsletter(context)
    take(context, newsletter, "email,confirmed_at,confirm_ip\na@x.org,2019-03-01,192.0.2.1\n")
    assert forget_client_addresses(context) == 0
    clock.advance(context.settings.client_address_retention + timedelta(seconds=1))
    assert forget_client_addresses(context) == 1


def test_list_filter_and_report_agree_on_the_day_an_imported_subscriber_joined(
    context: Context,
) -> None:
    newsletter = a_newsletter(context)
    take(
        context,
        newsletter,
        "email,created_at,unsubscribed_at\na@x.org,2019-03-01,\nb@x.org,2026-11-02,\n"
        "c@x.org,2026-05-05,\nd@x.org,,\ne@x.org,,2026-06-07\n",
    )

    def found(*conditions: tuple[str, str], order: Order = Order.NEWEST) -> list[str]:
        wanted = SubscriberFilter(audience_of(conditions), order=order)
        page = list_subscribers(context, newsletter.slug, wanted, ADA)
        return [reader.address[0] for reader in page.readers]

    assert found() == ["d", "b", "e", "c", "a"], "nobody joins after leaving"
    assert found(order=Order.OLDEST) == ["a", "c", "e", "b", "d"]
    growth = show_growth(context, newsletter.slug, ADA)
    lately = found(("since", growth.since.isoformat()), ("state", "active"))
    assert lately == ["d", "b", "c"]
    assert sum(month.readers for month in growth.joins) == len(lately)


def test_who_never_confirmed_elsewhere_gets_nothing_and_an_active_row_admits_them(
    context: Context,
) -> None:
    newsletter = a_newsletter(context)
    take(context, newsletter, "email,confirmed\na@x.org,no\n")
    assert state(context, newsletter, "a@x.org") == SubscriptionState.PENDING
    report = take(context, newsletter, "email,confirmed\na@x.org,yes\n")
    assert report.updated == 1
    assert state(context, newsletter, "a@x.org") == SubscriptionState.ACTIVE


def test_an_erased_reader_is_not_made_known_again_by_a_list_of_those_who_left(
    context: Context,
) -> None:
    newsletter = a_newsletter(context)
    reader = a_subscriber(context, newsletter, address="a@x.org")
    erase_subscriber(context, newsletter.slug, reader.subscriber_id, "a@x.org", ADA)
    report = take(context, newsletter, "email,status\na@x.org,unsubscribed\nA@x.org,bounced\n")
    assert (report.new, report.left_out) == (0, 2)
    with context.database.read() as session:
        assert find_subscriber(session, "a@x.org") is None


def test_who_left_here_and_bounced_there_is_suppressed(context: Context) -> None:
    newsletter = a_newsletter(context)
    a_subscriber(context, newsletter, address="a@x.org", state=SubscriptionState.UNSUBSCRIBED)
    take(context, newsletter, "email,status\na@x.org,bounced\n")
    assert state(context, newsletter, "a@x.org") == SubscriptionState.SUPPRESSED


def test_addresses_that_were_tidied_are_counted_by_what_was_taken_off(context: Context) -> None:
    newsletter = a_newsletter(context)
    report = take(
        context,
        newsletter,
        "email,name\n\u200ba@x.org,A\nmailto:b@x.org,B\nCy <c@x.org.>,\nd@x.org,D\n",
    )
    assert {tidying.name: count for tidying, count in report.tidied.items()} == {
        "INVISIBLE": 1,
        "MAILTO": 1,
        "NAME": 1,
        "PUNCTUATION": 1,
    }
    assert [(one.line, one.address) for one in report.tidied_shown] == [
        (2, "a@x.org"),
        (3, "b@x.org"),
        (4, "c@x.org"),
    ]


def test_two_who_differ_in_a_sharp_s_are_two_readers(context: Context) -> None:
    newsletter = a_newsletter(context)
    addresses = ("ada@faß.de", "ada@fass.de", "straße@x.org", "strasse@x.org")
    report = take(context, newsletter, "email\n" + "\n".join(addresses) + "\n")
    assert (report.new, report.left_out) == (4, 0)


def test_an_address_that_was_suppressed_by_its_former_key_stays_out(context: Context) -> None:
    newsletter = a_newsletter(context)
    former = hashed_address("straße@x.org", context.settings.address_hash_key.encode()).former
    with context.database.write() as session:
        session.add(
            Suppression(
                address_hash=former,
                is_former=True,
                reason=SuppressionReason.ERASED,
                source=SuppressionSource.EDITOR,
                at=context.now(),
            )
        )
    report = take(context, newsletter, "email\nStraße@x.org\nother@x.org\n")
    assert [row.address for row in report.shown] == ["Straße@x.org"]
    assert "erased" in report.shown[0].reason
