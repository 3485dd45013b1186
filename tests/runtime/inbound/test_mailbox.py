"""A mailbox on another server is emptied, message by message; trouble with it is reported once."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import func, select

from newsletter.domain.delivery.standstills import Part
from newsletter.domain.errors import Misconfigured
from newsletter.mail.mailboxes import read_mailbox_url
from newsletter.runtime.inbound.mailbox import run_mailbox
from newsletter.store.models import InboundMessage
from newsletter.usecases.context import Context
from newsletter.usecases.operations.standstills import standstills
from tests.support.services.dovecot import PASSWORD, Dovecot, running_dovecot

PATIENCE_S = 30
sqlite_alone = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
pytestmark = [pytest.mark.xdist_group("mail servers"), pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with running_dovecot(Path(folder)) as server:
            yield server


@contextmanager
def reading(context: Context, url: str, timeout_s: float = 10) -> Iterator[Context]:
    settings = replace(
        context.settings,
        inbound_mailbox=url,
        inbound_mailbox_interval=timedelta(seconds=0.2),
        inbound_timeout=timedelta(seconds=timeout_s),
    )
    context, stop = replace(context, settings=settings), threading.Event()
    thread = threading.Thread(target=run_mailbox, args=(context, stop, 0.1, 0.3))
    thread.start()
    try:
        yield context
    finally:
        stop.set()
        thread.join()


def stored(context: Context) -> int:
    with context.database.read() as session:
        return session.scalar(select(func.count()).select_from(InboundMessage)) or 0


def trouble(context: Context) -> str:
    found = [one.reason for one in standstills(context) if one.part is Part.MAILBOX]
    return found[0] if found else ""


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


@sqlite_alone
@pytest.mark.parametrize(
    ("scheme", "query", "handled"),
    [("imap", "?after=move:Handled", 3), ("imap", "?after=delete", 0), ("pop3", "", 0)],
)
def test_each_message_is_stored_and_then_moved_or_deleted(
    context: Context, dovecot: Dovecot, scheme: str, query: str, handled: int
) -> None:
    long_line = b"Subject: long\r\n\r\n" + b"x" * 50_000 + b"\r\n"
    dovecot.deliver(b"Subject: one\r\n\r\n1\r\n", long_line)
    with reading(context, dovecot.url(scheme, query)):
        wait_until(lambda: stored(context) == 2 and dovecot.messages() == 0)
        dovecot.deliver(b"Subject: later\r\n\r\n3\r\n")
        wait_until(lambda: stored(context) == 3 and dovecot.messages() == 0)
    assert dovecot.messages("Handled") >= handled


@sqlite_alone
@pytest.mark.parametrize("scheme", ["imaps", "pop3s"])
def test_over_tls_nothing_is_told_to_a_server_whose_certificate_is_not_trusted(
    context: Context, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    dovecot.deliver(b"Subject: over TLS\r\n\r\n1\r\n")
    with reading(context, dovecot.url(scheme)) as reader:
        wait_until(lambda: "can't be read" in trouble(reader))
        assert stored(context) == 0
        monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.ca_file))
        wait_until(lambda: stored(reader) == 1 and trouble(reader) == "")


@sqlite_alone
def test_a_changed_password_is_told_once_and_it_goes_on_when_mended(
    context: Context, dovecot: Dovecot, caplog: pytest.LogCaptureFixture
) -> None:
    dovecot.change_password("changed")
    dovecot.deliver(b"Subject: waits\r\n\r\n")
    with caplog.at_level(logging.INFO), reading(context, dovecot.url("imap")) as reader:
        wait_until(lambda: "refuses our password" in trouble(reader))
        dovecot.change_password(PASSWORD)
        wait_until(lambda: stored(reader) == 1 and trouble(reader) == "")
    told = [record for record in caplog.records if "mailbox can't be read" in record.getMessage()]
    assert len(told) <= 1
    assert PASSWORD not in caplog.text


@sqlite_alone
@pytest.mark.parametrize("scheme", ["imap", "pop3"])
def test_a_server_that_hangs_is_left_in_time_and_told_once(
    context: Context, caplog: pytest.LogCaptureFixture, scheme: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"{scheme}://bounces:secret@127.0.0.1:{silent.getsockname()[1]}"
        with caplog.at_level(logging.INFO), reading(context, url, timeout_s=0.2) as reader:
            tries = [silent.accept()[0] for _ in range(3)]
            wait_until(lambda: "can't be read" in trouble(reader))
        for one in tries:
            one.close()
    told = [record for record in caplog.records if "mailbox can't be read" in record.getMessage()]
    assert len(told) <= 1


@pytest.mark.parametrize(
    "url",
    [
        "imaps://host/INBOX",
        "imap://bounces:secret@mail.example.org",
        "https://bounces:secret@mail.example.org",
        "imaps://bounces:secret@mail.example.org?after=burn",
        "pop3s://bounces:secret@mail.example.org?after=move:Handled",
        "imaps://bounces:secret@[::1",
    ],
)
def test_an_address_that_can_not_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        read_mailbox_url(url)
    assert "secret" not in str(refused.value)
