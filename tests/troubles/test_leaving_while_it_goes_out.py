"""Readers who leave while an issue goes out: nothing is claimed after we confirm it to them, and
what was claimed before is held back, however slow the relay is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from newsletter.delivery.transmission import Transmitter
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.staff.principals import Principal
from newsletter.mail.smtp.relay import relays_from
from newsletter.store.models import Newsletter, Subscription
from newsletter.store.readers.withdrawals import withdraw
from newsletter.store.sending import windows
from newsletter.store.sending.ledger import Claimed
from newsletter.usecases.readers.unsubscribe_subscriber import unsubscribe_subscriber
from tests.support.delivery_rig import DeliveryRig, with_settings
from tests.support.principals import by
from tests.support.services.up import eventually

READER = "reader@example.net"
TOLD_S = 2.0
"""So long after "you are unsubscribed" a copy may still arrive, and no longer."""
HOLD_S = 0.5
"""How long a transaction is kept open, so that the other one runs into it."""


@pytest.fixture
def going_out(rig: DeliveryRig) -> DeliveryRig:
    rig.send_to(READER, "other@example.net")
    return rig


def test_a_claim_that_began_before_is_seen_in_the_ledger_when_the_reader_is_told(
    going_out: DeliveryRig,
) -> None:
    seen: list[str] = []

    def leave() -> None:
        going_out.leave(READER)
        seen.append(going_out.line(READER).state)

    with going_out.context.database.write() as session:
        _claim(going_out, session)
        leaving = _meanwhile(leave)
    leaving.join()

    assert seen == [DeliveryState.HANDING_OVER]


def test_a_claim_that_begins_meanwhile_waits_and_leaves_the_reader_out(
    going_out: DeliveryRig,
) -> None:
    claimed: list[Claimed] = []

    def claim() -> None:
        with going_out.context.database.write() as session:
            claimed.extend(_claim(going_out, session))

    with going_out.context.database.write() as session:
        subscription = session.get_one(Subscription, going_out.subscription(READER).id)
        now = going_out.context.now()
        reader = Principal.reader(subscription.subscriber_id)
        withdraw(session, subscription, who=reader, how="page", at=now)
        claiming = _meanwhile(claim)
    claiming.join()

    assert [reader.address for reader in claimed] == ["other@example.net"]
    assert going_out.line(READER).state == DeliveryState.WITHDRAWN


def test_a_copy_that_waits_for_its_next_try_is_withdrawn_at_once(going_out: DeliveryRig) -> None:
    going_out.relay.replies["reader@example.net"] = "450 4.2.0 greylisted, come back later"
    going_out.deliver()
    assert going_out.line(READER).state == DeliveryState.DEFERRED

    going_out.leave(READER)

    assert going_out.line(READER).state == DeliveryState.WITHDRAWN
    assert going_out.line(READER).due_at is None


def test_an_editor_who_ends_a_subscription_withdraws_its_copies(going_out: DeliveryRig) -> None:
    reader_id = going_out.subscription(READER).subscriber_id

    with going_out.context.database.read() as session:
        slug = session.get_one(Newsletter, going_out.newsletter_id).slug

    unsubscribe_subscriber(going_out.context, slug, reader_id, "asked by mail", by("editor"))

    assert going_out.line(READER).state == DeliveryState.WITHDRAWN


def test_a_copy_that_a_slow_relay_has_not_taken_two_seconds_later_is_held_back(
    going_out: DeliveryRig,
) -> None:
    going_out.relay.stalls.set()
    delivering = threading.Thread(target=going_out.deliver)
    delivering.start()
    eventually(lambda: is_claimed(going_out), "the copy is claimed")

    going_out.leave(READER)
    time.sleep(TOLD_S)
    going_out.relay.stalls.clear()
    delivering.join()

    assert going_out.relay.recipients == ["other@example.net"]
    assert going_out.line(READER).state == DeliveryState.WITHDRAWN


def test_a_copy_that_waits_behind_others_of_its_window_is_held_back(rig: DeliveryRig) -> None:
    others = [f"reader-{number}@example.net" for number in range(6)]
    with_settings(rig, batch_size=100)
    one_connection(rig)
    rig.send_to(*others, READER)
    rig.relay.slowness_s = 0.4
    delivering = threading.Thread(target=rig.deliver)
    delivering.start()
    eventually(lambda: is_claimed(rig), "the copy is claimed")

    rig.leave(READER)
    delivering.join()

    assert sorted(rig.relay.recipients) == others
    assert rig.line(READER).state == DeliveryState.WITHDRAWN


def is_claimed(rig: DeliveryRig) -> bool:
    return rig.line(READER).state == DeliveryState.HANDING_OVER


def one_connection(rig: DeliveryRig) -> None:
    """To a relay that was fast so far, so that the next window has many copies."""
    url = f"smtp://127.0.0.1:{rig.relay.port}?connections=1"
    with_settings(rig, smtp_url=url)
    rig.transmitter = Transmitter(rig.context)
    rig.transmitter.window_sizes.record(relays_from(rig.context.settings)[0], 400, 0.1)


def _claim(rig: DeliveryRig, session: Session) -> list[Claimed]:
    [batch_id] = rig.open_batches()
    edition_id = rig.line(READER).edition_id
    now = rig.context.now()
    return windows.claim_window(session, edition_id, batch_id, "relay", now, 10)


def _meanwhile(work: Callable[[], None]) -> threading.Thread:
    """Has had its chance to do what it must not when this returns."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(HOLD_S)
    return thread
