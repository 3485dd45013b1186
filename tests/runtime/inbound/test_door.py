"""The door for mail speaks SMTP and LMTP, and says yes only to what is stored."""

from __future__ import annotations

import asyncio
import smtplib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy.exc import OperationalError

from newsletter.config import Settings
from newsletter.domain.feedback.inbound import Arrival, Door
from newsletter.mail.verp import verp_sender
from newsletter.runtime.inbound.door import MOST_RECIPIENTS, DoorKeeper
from newsletter.runtime.inbound.storekeeper import Storekeeper

DOMAIN = "bounce.example.org"
KEYS = ("a-secret-for-the-tests-alone",)
SETTINGS = replace(
    Settings(),
    secret_keys=KEYS,
    bounce_domain=DOMAIN,
    inbound_addresses=("News@example.org",),
    inbound_max_bytes=100_000,
    inbound_max_connections=2,
)
SIGNED = verp_sender("d", (1, 2), DOMAIN, KEYS)
MESSAGE = b"Subject: Undelivered\r\n\r\nText\r\n"


class Rows:
    """A database that may be away."""

    def __init__(self) -> None:
        self.stored: list[Arrival] = []
        self.is_away = False

    def store(self, arrivals: Sequence[Arrival]) -> None:
        if self.is_away:
            raise OperationalError("INSERT", None, Exception("away"))
        self.stored += arrivals


@contextmanager
def a_door(rows: Rows, door: Door = Door.SMTP) -> Iterator[int]:
    """The port of a door in a thread of its own."""
    ready, stop, found = threading.Event(), asyncio.Event(), list[int]()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        storekeeper = Storekeeper(rows.store)
        running = asyncio.create_task(storekeeper.run())
        keeper = DoorKeeper(SETTINGS, door, storekeeper, None)
        server = await loop.create_server(keeper.protocol, "127.0.0.1", 0)
        loops.append(loop)
        found.append(server.sockets[0].getsockname()[1])
        ready.set()
        await stop.wait()
        server.close()
        keeper.conversations.hang_up()
        running.cancel()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield found[0]
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join()


@pytest.fixture
def rows() -> Rows:
    return Rows()


def test_it_takes_what_is_for_our_addresses_and_nothing_else(rows: Rows) -> None:
    with a_door(rows) as port, smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        client.mail("")
        replies = [client.rcpt(to)[0] for to in (SIGNED.upper(), "news@EXAMPLE.org")]
        forged = f"d+1-3.{SIGNED.partition('.')[2]}"
        refused = [client.rcpt(to) for to in (forged, "ada@example.org", "")]
        assert client.data(MESSAGE)[0] == 250
    assert replies == [250, 250]
    assert [code for code, _ in refused[:2]] == [550, 550]
    assert b"5.1.1" in refused[0][1]
    [arrival] = rows.stored
    assert (arrival.content, arrival.sender) == (MESSAGE, "")
    assert len(arrival.recipients) == 2


def test_while_the_database_is_away_the_other_side_keeps_it(rows: Rows) -> None:
    with a_door(rows) as port, smtplib.SMTP("127.0.0.1", port) as client:
        rows.is_away = True
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("", [SIGNED], MESSAGE)
        assert refused.value.smtp_code == 451
        rows.is_away = False
        client.sendmail("", [SIGNED], MESSAGE)
    assert len(rows.stored) == 1


def test_size_recipients_and_connections_have_limits(rows: Rows) -> None:
    with a_door(rows) as port, smtplib.SMTP("127.0.0.1", port) as client:
        with pytest.raises(smtplib.SMTPSenderRefused):
            client.sendmail("", [SIGNED], b"x" * 100_001)
        client.rset()
        client.mail("")
        codes = [client.rcpt(SIGNED)[0] for _ in range(MOST_RECIPIENTS + 1)]
        assert codes[-2:] == [250, 452]
        with smtplib.SMTP("127.0.0.1", port), pytest.raises(smtplib.SMTPConnectError) as full:
            smtplib.SMTP("127.0.0.1", port)
        assert full.value.smtp_code == 421


def test_lmtp_answers_for_each_recipient(rows: Rows) -> None:
    with a_door(rows, Door.LMTP) as port:
        client = smtplib.LMTP("127.0.0.1", port)
        client.ehlo()
        client.mail("")
        for to in (SIGNED, "news@example.org"):
            assert client.rcpt(to)[0] == 250
        assert client.data(MESSAGE)[0] == 250
        assert client.getreply()[0] == 250
        assert client.noop()[0] == 250
        client.close()
    assert [arrival.door for arrival in rows.stored] == [Door.LMTP]


def test_a_line_longer_than_mail_may_have_is_stored(rows: Rows) -> None:
    with a_door(rows) as port, smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("", [SIGNED], b"Subject: x\r\n\r\n" + b"y" * 50_000 + b"\r\n")
    assert len(rows.stored[0].content) > 50_000
