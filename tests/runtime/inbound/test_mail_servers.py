"""The doors take mail from real mail servers and over TLS, set up as the runbook says."""

from __future__ import annotations

import os
import re
import smtplib
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

import pytest
from sqlalchemy import select

from newsletter.mail.verp import verp_sender
from newsletter.store.models import InboundMessage
from newsletter.usecases.context import Context
from tests.support.reports import BOUNCE_DOMAIN, a_mail
from tests.support.services.inbound import inbound_process
from tests.support.services.mail_servers.debian import running_exim
from tests.support.services.mail_servers.server import free_port
from tests.support.smtp.certificates import an_authority

RUNBOOK = Path(__file__).parents[3] / "docs" / "runbook.md"
PATIENCE_S = 30
pytestmark = [
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True),
    pytest.mark.xdist_group("mail servers"),
    pytest.mark.timeout(120),
]


def signed(context: Context) -> str:
    return verp_sender("d", (1, 2), BOUNCE_DOMAIN, context.settings.secret_keys)


def doors(context: Context) -> list[str]:
    with context.database.read() as session:
        return list(session.scalars(select(InboundMessage.door)))


def answers(socket: Path) -> bool:
    try:
        smtplib.LMTP(str(socket)).close()
    except OSError:
        return False
    return True


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def test_exim_hands_mail_over_by_the_recipe_of_the_runbook(context: Context) -> None:
    recipe = RUNBOOK.read_text(encoding="utf-8").partition("Exim, a router and a transport:")[2]
    pattern = r"(?m)^    newsletter_bounces:\n(?:      .*\n)+"
    router, transport = map(dedent, re.findall(pattern, recipe)[:2])
    port = free_port()
    router = router.replace("bounce.example.org", BOUNCE_DOMAIN)
    transport = transport.replace("2424", str(port))
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        inbound_process(context, lmtp=port, BOUNCE_DOMAIN=BOUNCE_DOMAIN),
    ):
        Path(folder).chmod(0o755)
        with running_exim(Path(folder), router, transport) as exim:
            with smtplib.SMTP("127.0.0.1", exim.port) as client:
                to = signed(context)
                client.sendmail("ada@elsewhere.test", [to], a_mail(to=to, subject="Hi"))
            wait_until(lambda: doors(context) == ["lmtp"])


def test_a_unix_socket_takes_lmtp_also_where_a_dead_process_left_one(
    context: Context,
) -> None:
    socket = Path(f"/tmp/newsletter-{os.getpid()}.lmtp")  # noqa: S108  its path must be short
    for number in (1, 2):
        to = signed(context)
        with inbound_process(context, INBOUND_LMTP=f"unix:{socket}") as process:
            wait_until(lambda: answers(socket))
            client = smtplib.LMTP(str(socket))
            client.sendmail("", [to], a_mail(to=to, subject=f"Hi {number}"))
            client.close()
            process.kill()
    assert doors(context) == ["lmtp", "lmtp"]
    socket.unlink()


def test_starttls_is_offered_with_the_certificate(context: Context, tmp_path: Path) -> None:
    authority, port = an_authority(tmp_path), free_port()
    authority.server_tls()
    file = tmp_path / "server-127.0.0.1-1.pem"
    with (
        inbound_process(context, smtp=port, INBOUND_TLS_CERT_FILE=str(file)),
        smtplib.SMTP("127.0.0.1", port) as client,
    ):
        trusting = ssl.create_default_context(cafile=str(authority.ca_file))
        client.ehlo()
        assert client.has_extn("starttls")
        client.starttls(context=trusting)
        client.ehlo()
        assert not client.has_extn("starttls")
        to = signed(context)
        client.sendmail("", [to], a_mail(to=to, subject="Hi"))
    assert doors(context) == ["smtp"]
