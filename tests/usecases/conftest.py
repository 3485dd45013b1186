"""What delivers, for the tests in this folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from newsletter.store.journal import Journal
from newsletter.usecases.context import Context
from newsletter.usecases.leases import Leases
from newsletter.usecases.transmission import Transmitter
from tests.delivery_house import House
from tests.services.relay import Relay


@pytest.fixture
def relay() -> Iterator[Relay]:
    relay = Relay()
    relay.start()
    yield relay
    relay.stop()


@pytest.fixture
def house(context: Context, relay: Relay) -> Iterator[House]:
    settings = replace(context.settings, smtp_url=f"smtp://127.0.0.1:{relay.port}", batch_size=2)
    context = replace(context, settings=settings)
    transmitter = Transmitter(context)
    journal = Journal(settings.journal_path, "test/1")
    yield House(context, relay, Leases("test/1", settings.lease_duration), transmitter, journal)
    transmitter.close()
