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
from newsletter.delivery.handle_clock_jump import notice_clock
from newsletter.delivery.sweep import finish_issues, tick
from newsletter.domain.actions import PauseCause
from newsletter.runtime.environment import environment_of
from newsletter.store.models import Batch, Delivery, Newsletter, Subscriber, Subscription
from newsletter.usecases.sending.control_issue import pause_issue
from newsletter.usecases.sending.schedule_issue import schedule_issue, send_now
from newsletter.usecases.sending.start_issue import start_issue
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.delivery_house import House
from tests.support.ledgers import ENDED
from tests.support.principals import by
from tests.web.editor.conftest import Person, words

READERS = ("one@example.org", "two@example.org", "three@example.org")


def by_an_editor(house: House, clock: Clock) -> None:
    house.send_to(*READERS)
    pause_issue(house.context, house.issue_id, by("grace"))


def overdue(house: House, clock: Clock) -> None:
    house.issue_id = an_unsent_issue(house)
    today = datetime(2026, 11, 22)
    schedule_issue(house.context, house.issue_id, today.replace(hour=14), None, by("grace"))
    clock.advance(timedelta(hours=3))
    tick(house.context)


def not_sendable_when_due(house: House, clock: Clock) -> None:
    house.issue_id = an_unsent_issue(house)
    send_now(house.context, house.issue_id, by("grace"))
    with house.context.database.write() as session:
        session.execute(update(Newsletter).values(postal_address=""))
    start_issue(house.context, house.issue_id)


def after_the_canary(house: House, clock: Clock) -> None:
    newsletter = a_newsletter(house.context, canary_percent=10)
    now = clock.now
    with house.context.database.write() as session:
        rows = [{"address": f"r{n}@x.org", "address_key": f"r{n}@x.org"} for n in range(100)]
        made = insert(Subscriber).returning(Subscriber.id)
        blank = {"name": "", "attributes": {}, "created_at": now}
        ids = session.scalars(made, [row | blank for row in rows]).all()
        active = {"newsletter_id": newsletter.id, "state": "active", "state_at": now}
        active |= {"state_how": "", "tags": [], "created_at": now}
        session.execute(insert(Subscription), [active | {"subscriber_id": n} for n in ids])
    house.issue_id = an_issue(house.context, newsletter).id
    send_now(house.context, house.issue_id, by("grace"))
    start_issue(house.context, house.issue_id)
    with house.context.database.write() as session:
        first = select(Batch.id).where(Batch.is_canary)
        session.execute(
            update(Delivery)
            .where(Delivery.batch_id.in_(first))
            .values(**ENDED["failed"], attempts=1)
            .execution_options(synchronize_session=False)
        )
    tick(house.context)


def after_a_jump_of_the_clock(house: House, clock: Clock) -> None:
    house.send_to(*READERS)
    clock.advance(timedelta(hours=50))
    notice_clock(house.context, timedelta(hours=50))


def by_a_contradiction_of_the_ledger(house: House, clock: Clock) -> None:
    house.send_to(*READERS)
    with house.context.database.write() as session:
        session.execute(text("DELETE FROM batches"))
    finish_issues(house.context)


def by_a_contradiction_within_a_batch(house: House, clock: Clock) -> None:
    house.send_to(*READERS)
    with house.context.database.write() as session:
        session.execute(text("UPDATE deliveries SET state = 'handing over'"))
    house.deliver()


def by_a_full_journal(house: House, clock: Clock) -> None:
    house.send_to(*READERS)
    number = house.journal.open_window()
    (generation,) = house.journal._descriptors
    os.dup2(os.open("/dev/full", os.O_WRONLY), house.journal._descriptors[generation])
    house.deliver()
    house.journal.close_window(number)


def by_a_journal_that_can_not_be_begun(house: House, clock: Clock) -> None:
    house.context.settings.journal_path.write_text("a file in its place")
    house.send_to(*READERS)
    house.deliver()


def by_a_refused_message(house: House, clock: Clock) -> None:
    house.relay.after_dot = "554 5.6.0 malformed message"
    house.send_to(*READERS)
    house.deliver()


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
]


def test_every_cause_is_among_the_ways() -> None:
    tried = {way.values[1] for way in WAYS}
    assert tried == set(PauseCause) - {PauseCause.LEGACY}


@pytest.mark.parametrize(("pause", "cause", "who", "reason"), WAYS)
def test_the_history_tells_of_a_pause_and_why(  # noqa: PLR0913, PLR0917  who, why, and where
    house: House,
    clock: Clock,
    editor: Person,
    pause: Callable[[House, Clock], None],
    cause: PauseCause,
    who: str,
    reason: str,
) -> None:
    pause(house, clock)
    assert house.issue().state == "paused"

    found = json.loads(report(house, "--json"))["history"]
    (told,) = [event for event in found if event["action"] == "issue.paused"]
    assert (told["who"], told["facts"]["cause"]) == (who, cause.value)
    assert told["sentence"].startswith("Paused.")
    assert reason in told["sentence"]

    assert told["sentence"] in " ".join(report(house).split())
    page = editor.get(f"/editor/issues/{house.issue_id}/send")
    history = words(page.partition('id="history"')[2])
    assert reason in history
    assert who in history


def an_unsent_issue(house: House) -> int:
    newsletter = a_newsletter(house.context)
    a_subscriber(house.context, newsletter)
    return an_issue(house.context, newsletter).id


def report(house: House, *options: str) -> str:
    environment = environment_of(house.context.settings)
    command = ["issue", "report", str(house.issue_id), *options]
    found = CliRunner().invoke(main, command, env=environment)
    assert found.exit_code == 0, found.output
    return found.stdout
