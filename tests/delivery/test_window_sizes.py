"""A window is half a second of work, from the first one on."""

from __future__ import annotations

import threading
from dataclasses import replace

from newsletter.delivery.transmission import Transmitter
from newsletter.delivery.window_sizes import MOST, WindowSizes
from newsletter.mail.smtp.relay import Relay
from tests.support.delivery_rig import DeliveryRig, with_settings
from tests.support.services.up import eventually

RELAY = Relay("relay.example", 25, connections=20)


def test_the_first_window_has_one_copy_for_each_connection() -> None:
    assert WindowSizes().size(RELAY) == 20


def test_windows_under_way_share_the_connections() -> None:
    sizes = WindowSizes()
    with sizes.under_way(RELAY), sizes.under_way(RELAY), sizes.under_way(RELAY):
        assert sizes.size(RELAY) == 5
    assert sizes.size(RELAY) == 20


def test_a_fast_relay_gets_half_a_second_of_work_at_a_time() -> None:
    sizes = WindowSizes()
    sizes.record(RELAY, messages=20, took_s=0.05)
    assert sizes.size(RELAY) == 200


def test_a_window_never_has_more_than_the_most() -> None:
    sizes = WindowSizes()
    sizes.record(RELAY, messages=20, took_s=0.0)
    assert sizes.size(RELAY) == MOST


def test_a_relay_that_became_slow_gets_small_windows_again() -> None:
    sizes = WindowSizes()
    sizes.record(RELAY, messages=20, took_s=0.05)
    sizes.record(RELAY, messages=200, took_s=10)
    assert sizes.size(RELAY) == 20


def test_the_speed_of_one_relay_says_nothing_about_another() -> None:
    sizes = WindowSizes()
    sizes.record(RELAY, messages=20, took_s=0.01)
    assert sizes.size(replace(RELAY, host="other.example", connections=2)) == 2


def test_no_more_is_claimed_at_first_than_the_connections_can_take(rig: DeliveryRig) -> None:
    with_settings(rig, batch_size=100, smtp_url=f"{rig.context.settings.smtp_url}?connections=3")
    rig.transmitter = Transmitter(rig.context)
    rig.send_to(*(f"reader-{number}@example.net" for number in range(9)))
    rig.relay.stalls.set()
    delivering = threading.Thread(target=rig.deliver)
    delivering.start()
    eventually(lambda: _claimed(rig) > 0, "copies are claimed")

    claimed = _claimed(rig)
    rig.relay.stalls.clear()
    delivering.join()

    assert claimed == 3
    assert len(rig.relay.recipients) == 9


def _claimed(rig: DeliveryRig) -> int:
    return rig.report().handing_over
