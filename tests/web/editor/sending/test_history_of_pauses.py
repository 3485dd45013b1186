"""However an issue is paused, its history says so: who, and why. On its page and in the report."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import insert, select, text, update

from newsletter.cli.root import main
from newsletter.delivery.handle_clock_jump import handle_clock_jump
from newsletter.delivery.notice_restore import RestoreWatch
from newsletter.delivery.sweep import finish_issues, tick
from newsletter.domain.actions import PauseCause
from newsletter.domain.feedback.doubts import MANY_DEAD
from newsletter.domain.feedback.inbound import Proof, ReportedCopy, Whose
from newsletter.domain.feedback.verdicts import Feedback, FeedbackVerdict
from newsletter.runtime.environment import environment_of
from newsletter.store.feedback.facts import add_fact
from newsletter.store.models import Batch, Delivery, Edition, Newsletter, Subscriber, Subscription
from newsletter.store.operations import beat
from newsletter.usecases.feedback.act_on import act_on
from newsletter.usecases.sending.control_issue import pause_issue
from newsletter.usecases.sending.schedule_issue import schedule_issue, send_now
from newsletter.usecases.sending.start_issue import start_issue
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.delivery_rig import DeliveryRig
from tests.support.ledgers import ENDED
from tests.support.principals import by
from tests.web.editor.conftest import Person, words

READERS = ("one@example.org", "two@example.org", "three@example.org")


def by_an_editor(rig: DeliveryRig, clock: Clock) -> None:
    rig.send_to(*READERS)
    pause_issue(rig.context, rig.issue_id, by("grace"))


def overdue(rig: DeliveryRig, clock: Clock) -> None:
    rig.issue_id = an_unsent_issue(rig)
    today = datetime(2026, 11, 22)
    schedule_issue(rig.context, rig.issue_id, today.replace(hour=14), None, by("grace"))
    clock.advance(timedelta(hours=3))
    tick(rig.context)


def not_sendable_when_due(rig: DeliveryRig, clock: Clock) -> None:
    rig.issue_id = an_unsent_issue(rig)
    send_now(rig.context, rig.issue_id, by("grace"))
    with rig.context.database.write() as session:
        session.execute(update(Newsletter).values(postal_address=""))
    start_issue(rig.context, rig.issue_id)


def after_the_canary(rig: DeliveryRig, clock: Clock) -> None:
    newsletter = a_newsletter(rig.context, canary_percent=10)
    now = clock.now
    with rig.context.database.write() as session:
        rows = [{"address": f"r{n}@x.org", "address_key": f"r{n}@x.org"} for n in range(100)]
        made = insert(Subscriber).returning(Subscriber.id)
        blank = {"name": "", "attributes": {}, "created_at": now}
        ids = session.scalars(made, [row | blank for row in rows]).all()
        active = {"newsletter_id": newsletter.id, "state": "active", "state_at": now}
        active |= {"state_how": "", "tags": [], "created_at": now}
        session.execute(insert(Subscription), [active | {"subscriber_id": n} for n in ids])
    rig.issue_id = an_issue(rig.context, newsletter).id
    send_now(rig.context, rig.issue_id, by("grace"))
    start_issue(rig.context, rig.issue_id)
    with rig.context.database.write() as session:
        first = select(Batch.id).where(Batch.is_canary)
        session.execute(
            update(Delivery)
            .where(Delivery.batch_id.in_(first))
            .values(**ENDED["failed"], attempts=1)
            .execution_options(synchronize_session=False)
        )
    tick(rig.context)


def after_a_jump_of_the_clock(rig: DeliveryRig, clock: Clock) -> None:
    rig.send_to(*READERS)
    clock.advance(timedelta(hours=50))
    handle_clock_jump(rig.context, timedelta(hours=50))


def by_a_contradiction_of_the_ledger(rig: DeliveryRig, clock: Clock) -> None:
    rig.send_to(*READERS)
    with rig.context.database.write() as session:
        session.execute(text("DELETE FROM batches"))
    finish_issues(rig.context)


def by_a_contradiction_within_a_batch(rig: DeliveryRig, clock: Clock) -> None:
    rig.send_to(*READERS)
    with rig.context.database.write() as session:
        session.execute(text("UPDATE deliveries SET state = 'handing over'"))
    rig.deliver()


def by_a_full_journal(rig: DeliveryRig, clock: Clock) -> None:
    rig.send_to(*READERS)
    number = rig.journal.open_window()
    (generation,) = rig.journal._descriptors
    os.dup2(os.open("/dev/full", os.O_WRONLY), rig.journal._descriptors[generation])
    rig.deliver()
    rig.journal.close_window(number)


def by_a_journal_that_can_not_be_begun(rig: DeliveryRig, clock: Clock) -> None:
    rig.context.settings.journal_path.write_text("a file in its place")
    rig.send_to(*READERS)
    rig.deliver()


def by_a_refused_message(rig: DeliveryRig, clock: Clock) -> None:
    rig.relay.after_dot = "554 5.6.0 malformed message"
    rig.send_to(*READERS)
    rig.deliver()


def by_a_refused_sender(rig: DeliveryRig, clock: Clock) -> None:
    rig.relay.after_dot = "550 5.4.5 Daily user sending limit exceeded"
    rig.send_to(*READERS)
    rig.deliver()


def by_a_restored_backup(rig: DeliveryRig, clock: Clock) -> None:
    rig.send_to(*READERS)
    with rig.context.database.write() as session:
        beat(session, "ticker", clock.now)
    clock.advance(timedelta(hours=3))
    RestoreWatch(rig.context).check()


def by_copies_that_came_back(rig: DeliveryRig, clock: Clock) -> None:
    rig.send_to(*(f"reader{number}@example.org" for number in range(7)))
    rig.deliver()
    said = Feedback("", FeedbackVerdict.BLOCKED, "5.7.26", "550", "550-5.7.26 unauthenticated")
    with rig.context.database.write() as session:
        for line in session.scalars(select(Delivery)).all():
            edition = session.get_one(Edition, line.edition_id)
            copy = ReportedCopy(edition.newsletter_id, line.subscriber_id, edition.id)
            add_fact(session, None, clock.now, said, Whose(copy, Proof.VERP))
            act_on(rig.context, session, copy, said, clock.now)


def by_dead_addresses_in_masses(rig: DeliveryRig, clock: Clock) -> None:
    rig.send_to(*(f"reader{number}@example.org" for number in range(MANY_DEAD)))
    rig.deliver()
    said = Feedback("", FeedbackVerdict.HARD, "5.1.1", "550", "550 5.1.1 no such user")
    with rig.context.database.write() as session:
        for line in session.scalars(select(Delivery)).all():
            edition = session.get_one(Edition, line.edition_id)
            copy = ReportedCopy(edition.newsletter_id, line.subscriber_id, edition.id)
            add_fact(session, None, clock.now, said, Whose(copy, Proof.VERP))
            act_on(rig.context, session, copy, said, clock.now)


WAYS = [
    pytest.param(by_an_editor, PauseCause.EDITOR, "grace", "Paused.", id="editor"),
    pytest.param(overdue, PauseCause.OVERDUE, "system", "14:00", id="overdue"),
    pytest.param(
        not_sendable_when_due, PauseCause.NOT_SENDABLE, "system", "postal address", id="freeze"
    ),
    pytest.param(
        after_the_canary, PauseCause.CANARY, "system", "10 of the first 10 copies", id="canary"
    ),
    pytest.param(
        after_a_jump_of_the_clock, PauseCause.CLOCK_JUMP, "system", "50 hours", id="clock"
    ),
    pytest.param(
        by_a_contradiction_of_the_ledger, PauseCause.LEDGER, "system", "3 waiting", id="ledger"
    ),
    pytest.param(
        by_a_contradiction_within_a_batch, PauseCause.LEDGER, "system", "3 marked", id="batch"
    ),
    pytest.param(by_a_full_journal, PauseCause.JOURNAL, "system", "No space left", id="journal"),
    pytest.param(
        by_a_journal_that_can_not_be_begun, PauseCause.JOURNAL, "system", "journal", id="no journal"
    ),
    pytest.param(
        by_a_refused_message, PauseCause.MESSAGE_REFUSED, "system", "malformed", id="message"
    ),
    pytest.param(
        by_a_restored_backup, PauseCause.RESTORED, "system", "Nothing has run", id="restored"
    ),
    pytest.param(
        by_copies_that_came_back, PauseCause.SENT_BACK, "system", "unauthenticated", id="sent back"
    ),
    pytest.param(
        by_dead_addresses_in_masses, PauseCause.MANY_DEAD, "system", "no such user", id="many dead"
    ),
    pytest.param(
        by_a_refused_sender, PauseCause.SENDER_REFUSED, "system", "sending limit", id="sender"
    ),
]


def test_every_cause_is_among_the_ways() -> None:
    tried = {way.values[1] for way in WAYS}
    assert tried == set(PauseCause) - {PauseCause.LEGACY}


@pytest.mark.parametrize(("pause", "cause", "who", "reason"), WAYS)
def test_the_history_tells_of_a_pause_and_why(  # noqa: PLR0913, PLR0917  who, why, and where
    rig: DeliveryRig,
    clock: Clock,
    editor: Person,
    pause: Callable[[DeliveryRig, Clock], None],
    cause: PauseCause,
    who: str,
    reason: str,
) -> None:
    pause(rig, clock)
    assert rig.issue().state == "paused"

    found = json.loads(report(rig, "--json"))["history"]
    (told,) = [event for event in found if event["action"] == "issue.paused"]
    assert (told["who"], told["facts"]["cause"]) == (who, cause.value)
    assert told["sentence"].startswith("Paused.")
    assert reason in told["sentence"]

    assert told["sentence"] in " ".join(report(rig).split())
    page = editor.get(f"/editor/issues/{rig.issue_id}/send")
    history = words(page.partition('id="history"')[2])
    assert reason in history
    assert who in history


def an_unsent_issue(rig: DeliveryRig) -> int:
    newsletter = a_newsletter(rig.context)
    a_subscriber(rig.context, newsletter)
    return an_issue(rig.context, newsletter).id


def report(rig: DeliveryRig, *options: str) -> str:
    environment = environment_of(rig.context.settings)
    command = ["issue", "report", str(rig.issue_id), *options]
    found = CliRunner().invoke(main, command, env=environment)
    assert found.exit_code == 0, found.output
    return found.stdout
