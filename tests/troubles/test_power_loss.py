"""The power fails in mid-work: what people were told holds, and nobody is lost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from newsletter.config import read_shared_file, write_shared_file
from newsletter.delivery.recover import recover_dead_workers, recover_expired_leases
from newsletter.delivery.window_sizes import MOST
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.readers.consent import SubscriptionState
from newsletter.runtime.environment import environment_of
from newsletter.spool import journal as journals
from newsletter.spool.departures import read_departures
from newsletter.store.models import Delivery, OutboxMessage, Subscription
from newsletter.store.newsletters import profile_of
from newsletter.urls import unsubscribe_url
from newsletter.usecases.context import Context, open_context
from newsletter.usecases.readers.sign_up import sign_up
from newsletter.web.shell import EXTENSION
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber
from tests.support.delivery_rig import DeliveryRig, with_settings
from tests.support.power import Disk

pytestmark = pytest.mark.timeout(120)
ROOT = Path(__file__).resolve().parents[2]
READERS = 900
WORKER = """
from newsletter.config import load_settings
from newsletter.delivery.deliver_batch import Tools, deliver_batch
from newsletter.delivery.leases import Leases
from newsletter.delivery.transmission import Transmitter
from newsletter.spool.journal import Journal
from newsletter.usecases.context import open_context
import sys, threading
context = open_context(load_settings())
leases = Leases("power/1", context.settings.lease_duration)
journal = Journal(context.settings.journal_path, leases.owner)
tools = Tools(context, Transmitter(context), leases, journal, threading.Event())
for batch_id in sys.argv[1:]:
    deliver_batch(tools, int(batch_id))
"""


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


@pytest.fixture
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    disk = Disk(tmp_path_factory.mktemp("power"))
    yield disk
    disk.remove()


@pytest.fixture
def tmp_path(disk: Disk) -> Path:
    """All that the service keeps is on that disk."""
    return disk.path


def test_who_was_told_that_they_have_left_has_left_after_a_loss_of_power(
    context: Context, client: Any, disk: Disk
) -> None:
    newsletter = a_newsletter(context)
    leaving = [a_subscriber(context, newsletter) for _ in range(30)]
    disk.sync()
    for subscription in leaving:
        token = context.signer.sign_unsubscribe(subscription.id)
        path = unsubscribe_url("", token)
        assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    disk.cut_power()
    with after_the_power_came_back(context, client, disk).database.read() as session:
        states = set(session.scalars(select(Subscription.state)))
    assert states == {SubscriptionState.UNSUBSCRIBED}
    assert len(read_departures(context.settings.departures_path)) == len(leaving)


def test_who_was_told_that_a_mail_is_on_its_way_gets_it_after_a_loss_of_power(
    context: Context, client: Any, disk: Disk
) -> None:
    profile = profile_of(a_newsletter(context))
    disk.sync()
    assert sign_up(context, profile, "ada@example.org", "203.0.113.9")
    disk.cut_power()
    with after_the_power_came_back(context, client, disk).database.read() as session:
        assert session.scalar(select(OutboxMessage.state)) == "pending"


def test_the_secrets_of_the_first_start_outlast_a_loss_of_power(disk: Disk) -> None:
    """Without them every link in sent mail is dead."""
    write_shared_file(disk.path, {"SECRET_KEYS": "drawn once"})
    disk.cut_power()
    disk.power_up()
    assert read_shared_file(disk.path) == {"SECRET_KEYS": "drawn once"}


def test_the_power_comes_back_while_another_process_keeps_the_dead_disk_mounted(disk: Disk) -> None:
    """Here the database could not be opened, once in many runs beside the tests of mail servers."""
    words = ["unshare", "--mount", "sh", "-c", "echo; exec sleep 60"]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as elsewhere:
        assert elsewhere.stdout is not None
        elsewhere.stdout.readline()
        disk.cut_power()
        disk.power_up()
        (disk.path / "written").touch()
        elsewhere.kill()


def test_an_issue_in_mid_send_goes_on_after_a_loss_of_power_and_nobody_is_lost(
    rig: DeliveryRig, clock: Clock, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the ledger knew it still knows. Only copies of the open window come twice."""
    clock.now = datetime.now(UTC)  # the worker has no other clock
    with_settings(rig, batch_size=READERS)
    rig.relay.slowness_s = 0.02
    rig.send_to(*(f"reader{n}@example.org" for n in range(READERS)))
    before = send_until_the_power_fails(rig, disk)
    monkeypatch.setattr(journals, "_boot_id", lambda: "the next boot")
    assert accepted(rig.context) <= before
    clock.advance(timedelta(minutes=5))
    recover_dead_workers(rig.context)
    recover_expired_leases(rig.context)
    rig.relay.slowness_s = 0
    rig.deliver()
    copies = Counter(rig.relay.recipients)
    assert len(copies) == READERS, "lost"
    assert sum(copies.values()) - READERS <= MOST
    ids = {(recipient, message["Message-ID"]) for recipient, message in rig.relay.received}
    assert len(ids) == READERS, "a copy came with another Message-ID"
    assert rig.report().accepted == READERS


def send_until_the_power_fails(rig: DeliveryRig, disk: Disk) -> int:
    """Returns how many copies the relay took."""
    environment = os.environ | environment_of(rig.context.settings)
    batches = [str(batch) for batch in rig.open_batches()]
    rig.context.database.dispose()
    disk.sync()
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, *batches],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while len(rig.relay.recipients) < READERS // 2 + 50:
        assert time.monotonic() < deadline
        assert worker.poll() is None
        time.sleep(0.01)
    disk.cut_power()
    worker.kill()
    worker.wait()
    assert len(rig.relay.recipients) < READERS, "the power failed too late to be a test"
    disk.power_up()
    return len(rig.relay.recipients)


def accepted(context: Context) -> int:
    with context.database.read() as session:
        of_them = Delivery.state == DeliveryState.ACCEPTED
        return session.scalar(select(func.count()).select_from(Delivery).where(of_them)) or 0


def after_the_power_came_back(context: Context, client: Any, disk: Disk) -> Context:
    client.application.extensions[EXTENSION].context.database.dispose()
    context.database.dispose()
    disk.power_up()
    return open_context(replace(context.settings))
