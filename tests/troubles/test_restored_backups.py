"""A backup is put back by hand: nobody gets a second copy before someone was asked."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.delivery.recover import recover_dead_workers
from newsletter.domain.delivery.outcomes import Accepted
from newsletter.domain.delivery.smtp_replies import Reply
from newsletter.domain.staff.principals import Principal
from newsletter.runtime.ticker import _Ticker
from newsletter.spool.journal import Journal
from newsletter.store.issues import editions
from newsletter.store.models import OutboxMessage
from newsletter.store.operations import beat
from newsletter.tasks.broker import open_broker
from newsletter.tasks.wakeups import Wakeups
from newsletter.usecases.sending.control_issue import resume_issue
from newsletter.usecases.sending.schedule_issue import schedule_issue
from newsletter.usecases.sending.send_test import send_test
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber, an_editor, an_issue
from tests.support.delivery_rig import DeliveryRig
from tests.support.principals import by
from tests.support.recovery import READERS, assert_all_readers_get_a_copy, assert_operator_sees

TAKEN = Accepted(Reply(250, "Ok: queued as Q9", "2.0.0"), "Q9")


def a_ticker(rig: DeliveryRig) -> _Ticker:
    """As a process that starts now."""
    return _Ticker(rig.context, Wakeups(open_broker(rig.context.settings)))


def set_back(rig: DeliveryRig, beats: int) -> None:
    """As a backup that was made so many beats ago has them."""
    with rig.context.database.write() as session:
        beat(session, "ticker", rig.context.now(), skip=-beats)


def test_a_database_with_fewer_beats_than_this_machine_has_seen_asks_before_it_sends(
    rig: DeliveryRig, clock: Clock
) -> None:
    """The backup is minutes old, so that nothing but the number gives it away."""
    rig.send_to(*READERS)
    ticker = a_ticker(rig)
    for _ in range(9):
        ticker.beat()
    set_back(rig, beats=5)
    a_ticker(rig).beat()
    assert rig.issue().state == "paused"
    assert_operator_sees(rig, "a backup from Sun 22 Nov 2026, 13:00 was restored")
    assert_operator_sees(rig, "Some subscribers may have this issue already")
    assert rig.relay.recipients == []
    resume_issue(rig.context, rig.issue_id, by("editor"))
    a_ticker(rig).beat()
    assert rig.issue().state == "sending", "it asks once"
    assert_all_readers_get_a_copy(rig, clock)


def test_mails_that_waited_in_an_older_database_are_not_sent_and_its_ids_not_given_again(
    rig: DeliveryRig, clock: Clock
) -> None:
    rig.send_to(*READERS)
    editor = Principal.administrator(an_editor(rig.context).id, "ada")
    ticker = a_ticker(rig)
    send_test(rig.context, rig.issue_id, editor)
    for _ in range(9):
        ticker.beat()
    set_back(rig, beats=5)
    highest = rig.subscription(READERS[-1]).id
    clock.advance(timedelta(minutes=1))
    (since,) = send_test(rig.context, rig.issue_id, editor)
    a_ticker(rig).beat()
    with rig.context.database.read() as session:
        states = {mail.id: mail.state for mail in session.scalars(select(OutboxMessage))}
    assert states.pop(since) == "pending", "it was asked for on the restored database"
    assert set(states.values()) == {"cancelled"}
    newsletter = a_newsletter(rig.context)
    assert a_subscriber(rig.context, newsletter).id > highest + 500


def test_a_database_that_is_restored_under_a_running_ticker_is_noticed(rig: DeliveryRig) -> None:
    rig.send_to(*READERS)
    ticker = a_ticker(rig)
    for _ in range(9):
        ticker.beat()
    set_back(rig, beats=5)
    ticker.beat()
    assert rig.issue().state == "paused"


def test_an_issue_that_is_due_on_a_restored_backup_is_asked_about_as_well(
    rig: DeliveryRig, clock: Clock
) -> None:
    """It was scheduled when the backup was made, and has been sent since."""
    newsletter = a_newsletter(rig.context)
    a_subscriber(rig.context, newsletter)
    rig.issue_id = an_issue(rig.context, newsletter).id
    ticker = a_ticker(rig)
    for _ in range(9):
        ticker.beat()
    wanted = (clock.now + timedelta(hours=2)).replace(tzinfo=None)
    schedule_issue(rig.context, rig.issue_id, wanted, None, by("editor"))
    clock.advance(timedelta(hours=1, minutes=10))
    set_back(rig, beats=5)
    a_ticker(rig).beat()
    assert rig.issue().state == "paused"
    assert "was restored" in rig.issue().state_reason


def test_after_a_long_silence_an_issue_under_way_asks_before_it_goes_on(
    rig: DeliveryRig, clock: Clock
) -> None:
    """On a new machine nothing else tells that the database is a backup."""
    rig.send_to(*READERS)
    a_ticker(rig).beat()
    clock.advance(timedelta(hours=3))
    a_ticker(rig).beat()
    assert rig.issue().state == "paused"
    assert_operator_sees(rig, "Nothing has run since Sun 22 Nov 2026, 13:00")
    resume_issue(rig.context, rig.issue_id, by("editor"))
    assert_all_readers_get_a_copy(rig, clock)


def test_after_a_short_stop_an_issue_goes_on_by_itself(rig: DeliveryRig, clock: Clock) -> None:
    rig.send_to(*READERS)
    a_ticker(rig).beat()
    clock.advance(timedelta(minutes=50))
    a_ticker(rig).beat()
    assert rig.issue().state == "sending"
    assert_all_readers_get_a_copy(rig, clock)


def test_a_ticker_whose_machine_slept_asks_nothing(rig: DeliveryRig, clock: Clock) -> None:
    rig.send_to(*READERS)
    ticker = a_ticker(rig)
    ticker.beat()
    clock.advance(timedelta(hours=9))
    ticker.beat()
    assert rig.issue().state == "sending"


def test_what_a_journal_knows_and_the_database_does_not_is_recorded_and_asked_about(
    rig: DeliveryRig, clock: Clock
) -> None:
    """A worker was killed, and then an older copy of the database was put in place."""
    rig.send_to(*READERS)
    took = rig.line(READERS[0])
    a_journal_says_that_the_relay_took(rig, took.edition_id, took.subscriber_id)
    recover_dead_workers(rig.context)
    assert (rig.line(READERS[0]).state, rig.line(READERS[0]).queue_id) == ("accepted", "Q9")
    assert rig.issue().state == "paused"
    assert_operator_sees(rig, "The relay took 1 copies that the database had as waiting")
    resume_issue(rig.context, rig.issue_id, by("editor"))
    rig.deliver()
    assert sorted(rig.relay.recipients) == sorted(READERS[1:])


def a_journal_says_that_the_relay_took(
    rig: DeliveryRig, edition_id: int, subscriber_id: int
) -> None:
    journal = Journal(rig.context.settings.journal_path, "dead/1")
    journal.open_window()
    journal.record_dot((edition_id, subscriber_id, 0))
    journal.record_outcome((edition_id, subscriber_id, 0), TAKEN)
    journal.flush_outcomes()
    (path,) = rig.context.settings.journal_path.glob("dead*")
    kept = path.with_name("kept")
    shutil.copy(path, kept)
    journal.close()
    kept.rename(path)  # without the lock of a living process


@pytest.mark.parametrize("state", ["accepted", "tried again"])
def test_a_journal_that_knows_no_more_than_the_database_stops_nothing(
    rig: DeliveryRig, state: str
) -> None:
    """A worker that was killed between the commit and the end of its file."""
    rig.send_to(*READERS)
    took = rig.line(READERS[0])
    if state == "accepted":
        rig.deliver()
        rig.relay.received.clear()
    else:
        with rig.context.database.write() as session:
            session.merge(took).attempts = 1
    a_journal_says_that_the_relay_took(rig, took.edition_id, took.subscriber_id)
    recover_dead_workers(rig.context)
    assert rig.issue().state == "sending"
    with rig.context.database.read() as session:
        assert editions.sending_editions(session)
    assert list(Path(rig.context.settings.journal_path).glob("dead*")) == []
