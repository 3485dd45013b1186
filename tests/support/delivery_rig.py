"""A newsletter, a relay and a worker in one process, for tests of delivery."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from newsletter.delivery.deliver_batch import Tools, deliver_batch
from newsletter.delivery.leases import Leases
from newsletter.delivery.sweep import finish_issues
from newsletter.delivery.transmission import Transmitter
from newsletter.spool.journal import Journal
from newsletter.store.models import Batch, Delivery, Issue, Subscriber, Subscription
from newsletter.usecases.context import Context
from newsletter.usecases.readers.unsubscribe import unsubscribe
from newsletter.usecases.sending.issue_report import IssueReport
from newsletter.usecases.sending.report_issue import report_issue
from newsletter.usecases.sending.schedule_issue import send_now
from newsletter.usecases.sending.start_issue import start_issue
from tests.support.builders import a_newsletter, a_subscriber, an_issue
from tests.support.principals import EDITOR, by
from tests.support.services.relay import Relay


@dataclass
class DeliveryRig:
    """One newsletter, one relay and one worker in this process. Tests move the clock."""

    context: Context
    relay: Relay
    leases: Leases
    transmitter: Transmitter
    journal: Journal
    newsletter_id: int = 0
    issue_id: int = 0

    def send_to(self, *addresses: str) -> None:
        newsletter = a_newsletter(self.context)
        for address in addresses:
            a_subscriber(self.context, newsletter, address=address)
        self.newsletter_id = newsletter.id
        self.issue_id = an_issue(self.context, newsletter).id
        send_now(self.context, self.issue_id, by("editor"))
        start_issue(self.context, self.issue_id)

    def deliver(self, stop: threading.Event | None = None) -> None:
        for batch_id in self.open_batches():
            self.deliver_one(batch_id, stop)

    def deliver_one(self, batch_id: int, stop: threading.Event | None = None) -> dict[str, int]:
        stop = stop or threading.Event()
        tools = Tools(self.context, self.transmitter, self.leases, self.journal, stop)
        return deliver_batch(tools, batch_id)

    def open_batches(self) -> list[int]:
        with self.context.database.read() as session:
            wanted = select(Batch.id).where(Batch.closed_at.is_(None)).order_by(Batch.id)
            return list(session.scalars(wanted))

    def line(self, address: str) -> Delivery:
        with self.context.database.read() as session:
            return session.scalars(
                select(Delivery)
                .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
                .where(Subscriber.address == address)
            ).one()

    def subscription(self, address: str) -> Subscription:
        with self.context.database.read() as session:
            return session.scalars(
                select(Subscription).join(Subscriber).where(Subscriber.address == address)
            ).one()

    def leave(self, address: str) -> None:
        token = self.context.signer.sign_unsubscribe(self.subscription(address).id)
        unsubscribe(self.context, token, "one click", "203.0.113.9")

    def issue(self) -> Issue:
        with self.context.database.read() as session:
            return session.get_one(Issue, self.issue_id)

    def report(self) -> IssueReport:
        finish_issues(self.context)
        report = report_issue(self.context, self.issue_id, EDITOR)
        assert report.adds_up, report
        return report


def with_settings(rig: DeliveryRig, **changes: object) -> None:
    rig.context = replace(rig.context, settings=replace(rig.context.settings, **changes))


@pytest.fixture
def relay() -> Iterator[Relay]:
    relay = Relay()
    relay.start()
    yield relay
    relay.stop()


@pytest.fixture
def rig(context: Context, relay: Relay) -> Iterator[DeliveryRig]:
    settings = replace(context.settings, smtp_url=f"smtp://127.0.0.1:{relay.port}", batch_size=2)
    context = replace(context, settings=settings)
    transmitter = Transmitter(context)
    journal = Journal(settings.journal_path, "test/1")
    yield DeliveryRig(
        context, relay, Leases("test/1", settings.lease_duration), transmitter, journal
    )
    transmitter.close()
