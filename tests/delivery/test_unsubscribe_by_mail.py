"""Once a door for mail is open, each copy can be left by mail, too."""

from __future__ import annotations

import pytest

from newsletter.mail.verp import VerpAddress, read_verp
from tests.support.delivery_rig import DeliveryRig, with_settings

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def header_of(rig: DeliveryRig) -> str:
    rig.send_to("ada@example.org")
    rig.deliver()
    [(_, message)] = rig.relay.received
    return " ".join(str(message["List-Unsubscribe"]).split())


def test_the_address_is_signed_for_this_copy_and_stands_behind_the_link(rig: DeliveryRig) -> None:
    with_settings(rig, bounce_domain="b.example.org", inbound_lmtp="127.0.0.1:1")
    link, _, mail_to = header_of(rig).partition(", ")
    line = rig.line("ada@example.org")
    assert link.startswith("<http://localhost:8000/unsubscribe/")
    address = mail_to.removeprefix("<mailto:").removesuffix("?subject=unsubscribe>")
    claim = read_verp(address, rig.context.settings.secret_keys)
    assert claim == VerpAddress("u", (line.subscription_id, line.edition_id))


def test_without_a_door_there_is_the_link_alone(rig: DeliveryRig) -> None:
    with_settings(rig, bounce_domain="b.example.org")
    assert "mailto" not in header_of(rig)
