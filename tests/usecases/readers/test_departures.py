"""Who left is kept beside the database, and is gone again when an older database comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from newsletter.domain.readers.consent import (
    SubscriptionState,
    SuppressionReason,
    SuppressionSource,
)
from newsletter.domain.readers.departures import Departure, DepartureKind
from newsletter.spool.departures import append_departures, read_departures
from newsletter.store.models import Newsletter, Subscriber, Subscription, Suppression
from newsletter.store.readers.suppressions import insert_suppressions, is_suppressed
from newsletter.usecases.context import Context, open_context
from newsletter.usecases.operations.apply_departures import apply_departures
from newsletter.usecases.readers.change_preferences import leave
from newsletter.usecases.readers.erase_subscriber import erase_subscriber
from newsletter.usecases.readers.find_subscriber import hash_address
from newsletter.usecases.readers.suppress_subscriber import suppress_subscriber
from newsletter.usecases.readers.unsubscribe import unsubscribe
from newsletter.usecases.readers.unsubscribe_subscriber import unsubscribe_subscriber
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber
from tests.support.principals import EDITOR

ADDRESS = "ada@example.org"
Leave = Callable[[Context, Newsletter, Subscription], object]


def one_click(context: Context, newsletter: Newsletter, ada: Subscription) -> None:
    unsubscribe(context, context.signer.sign_unsubscribe(ada.id), "one click", "203.0.113.9")


def by_the_preferences(context: Context, newsletter: Newsletter, ada: Subscription) -> None:
    leave(context, context.signer.sign_preferences(ada.id), "203.0.113.9")


def by_an_editor(context: Context, newsletter: Newsletter, ada: Subscription) -> None:
    unsubscribe_subscriber(context, newsletter.slug, ada.subscriber_id, "by phone", EDITOR)


def suppressed(context: Context, newsletter: Newsletter, ada: Subscription) -> None:
    suppress_subscriber(context, newsletter.slug, ada.subscriber_id, "a letter", EDITOR)


def suppressed_here(context: Context, newsletter: Newsletter, ada: Subscription) -> None:
    suppress_subscriber(
        context, newsletter.slug, ada.subscriber_id, "a letter", EDITOR, only_here=True
    )


def erased(context: Context, newsletter: Newsletter, ada: Subscription) -> None:
    erase_subscriber(context, newsletter.slug, ada.subscriber_id, ADDRESS, EDITOR)


@pytest.fixture
def newsletter(context: Context) -> Newsletter:
    return a_newsletter(context)


@pytest.fixture
def ada(context: Context, newsletter: Newsletter) -> Subscription:
    return a_subscriber(context, newsletter, address=ADDRESS, name="Ada")


def kept(context: Context) -> list[Departure]:
    return read_departures(context.settings.departures_path)


def state_of(context: Context, ada: Subscription) -> str:
    with context.database.read() as session:
        return session.get_one(Subscription, ada.id).state


def bring_back(context: Context, ada: Subscription) -> None:
    """As the database of an hour ago has her."""
    an_hour_ago = context.now() - timedelta(hours=1)
    with context.database.write() as session:
        session.execute(
            update(Subscription).values(
                state=SubscriptionState.ACTIVE, state_at=an_hour_ago, name="Ada"
            )
        )
        session.execute(
            update(Subscriber).values(address=ADDRESS, address_key=ADDRESS, erased_at=None)
        )
        for row in session.scalars(select(Suppression)):
            session.delete(row)


@pytest.mark.parametrize(
    ("leave_her", "kind", "after"),
    [
        (one_click, DepartureKind.LEFT, SubscriptionState.UNSUBSCRIBED),
        (by_the_preferences, DepartureKind.LEFT, SubscriptionState.UNSUBSCRIBED),
        (by_an_editor, DepartureKind.LEFT, SubscriptionState.UNSUBSCRIBED),
        (suppressed, DepartureKind.SUPPRESSED, SubscriptionState.SUPPRESSED),
        (suppressed_here, DepartureKind.SUPPRESSED_FOR_ONE, SubscriptionState.SUPPRESSED),
        (erased, DepartureKind.ERASED, SubscriptionState.SUPPRESSED),
    ],
)
def test_whoever_left_is_gone_again_after_an_older_database_came_back(  # noqa: PLR0913, PLR0917
    context: Context,
    clock: Clock,
    newsletter: Newsletter,
    ada: Subscription,
    leave_her: Leave,
    kind: DepartureKind,
    after: SubscriptionState,
) -> None:
    clock.advance(timedelta(hours=2))
    leave_her(context, newsletter, ada)
    assert kept(context)[-1].kind is kind
    bring_back(context, ada)
    made_at = context.now() - timedelta(hours=1)
    assert sum(apply_departures(context, kept(context), made_at).values()) == 1
    assert state_of(context, ada) == after
    with context.database.read() as session:
        subscriber = session.get_one(Subscriber, ada.subscriber_id)
        assert (subscriber.address is None) == (kind is DepartureKind.ERASED)
        known = hash_address(context, ADDRESS)
        is_here = is_suppressed(session, known, newsletter.id)
        assert is_here == (kind is not DepartureKind.LEFT)
        is_everywhere = kind in {DepartureKind.SUPPRESSED, DepartureKind.ERASED}
        assert is_suppressed(session, known) == is_everywhere
    again = apply_departures(context, kept(context), made_at)
    assert sum(again.values()) == 0, "it can be repeated"


def test_the_file_tells_no_address_and_is_for_its_owner_alone(
    context: Context, newsletter: Newsletter, ada: Subscription
) -> None:
    one_click(context, newsletter, ada)
    path = context.settings.departures_path
    assert path.stat().st_mode & 0o077 == 0
    text = path.read_text(encoding="utf-8")
    assert "example" not in text
    assert "ada" not in text


def test_a_departure_that_was_rolled_back_is_not_kept(
    context: Context, newsletter: Newsletter, ada: Subscription
) -> None:
    def fail() -> None:
        with context.database.write() as session:
            insert_suppressions(session, [a_suppression(context)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert kept(context) == []


def test_an_imported_suppression_without_a_subscriber_is_kept_as_well(context: Context) -> None:
    with context.database.write() as session:
        insert_suppressions(session, [a_suppression(context)])
    bring_back_nobody = context.now() - timedelta(hours=1)
    with context.database.write() as session:
        for row in session.scalars(select(Suppression)):
            session.delete(row)
    applied = apply_departures(context, kept(context), bring_back_nobody)
    assert applied == {DepartureKind.SUPPRESSED: 1}
    with context.database.read() as session:
        assert is_suppressed(session, hash_address(context, ADDRESS))


def a_suppression(context: Context) -> dict[str, object]:
    return {
        "address_hash": hash_address(context, ADDRESS).current,
        "reason": SuppressionReason.COMPLAINT,
        "source": SuppressionSource.IMPORT,
        "detail": "",
        "actor": "import",
        "at": context.now(),
    }


def test_someone_else_who_has_that_id_by_now_stays(
    context: Context, newsletter: Newsletter, ada: Subscription
) -> None:
    """A database can give an id again that it gave after the backup was made."""
    another = Departure(
        DepartureKind.LEFT, ada.id, context.now(), hash_address(context, "b@example.org").current
    )
    apply_departures(context, [another], context.now())
    assert state_of(context, ada) == SubscriptionState.ACTIVE


def test_who_left_before_the_backup_and_came_back_stays(
    context: Context, clock: Clock, newsletter: Newsletter, ada: Subscription
) -> None:
    one_click(context, newsletter, ada)
    clock.advance(timedelta(hours=1))
    bring_back(context, ada)
    apply_departures(context, kept(context), context.now())
    assert state_of(context, ada) == SubscriptionState.ACTIVE


def test_a_file_that_can_not_be_written_keeps_nobody_from_leaving(
    context: Context, newsletter: Newsletter, ada: Subscription, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="newsletter.events")
    context.settings.departures_path.mkdir()
    one_click(context, newsletter, ada)
    assert state_of(context, ada) == SubscriptionState.UNSUBSCRIBED
    assert "departures can't be written" in caplog.messages


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path, context: Context) -> None:
    path = tmp_path / "departures"
    first = Departure(DepartureKind.LEFT, 1, context.now(), "abc")
    second = replace(first, kind=DepartureKind.SUPPRESSED, reason="hard bounce")
    append_departures(path, [first])
    with path.open("a", encoding="utf-8") as file:
        file.write("2026-11-22T12:00:00+00:00 le")
    append_departures(path, [second])
    assert read_departures(path) == [first, second]


def test_a_context_of_another_process_writes_to_the_same_file(
    context: Context, newsletter: Newsletter, ada: Subscription
) -> None:
    other = open_context(context.settings, now=context.now)
    one_click(other, newsletter, ada)
    other.database.dispose()
    assert [departure.row_id for departure in kept(context)] == [ada.id]
