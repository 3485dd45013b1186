"""Kill -9 a door while reports come in: every one that it answered with yes is a row."""

from __future__ import annotations

import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import select

from newsletter.mail.verp import verp_sender
from newsletter.store.models import InboundMessage
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.judge import judge_new
from tests.support.provider_hooks import LOGIN, postmark, postmark_bounce
from tests.support.reports import BOUNCE_DOMAIN, a_mail
from tests.support.services.inbound import environment_of, inbound_process
from tests.support.services.mail_servers.server import free_port
from tests.support.services.tiny_site import Client

KILLS = 3
CLIENTS = 4
NAME = re.compile(r"<([0-9]+-[0-9]+--[0-9]+)>")
ENOUGH = 60
"""Answers between two kills."""

pytestmark = pytest.mark.timeout(120)


SITE = """
import sys
from newsletter.app import create_app
from newsletter.config import load_settings
from newsletter.runtime.web_process import serve
serve(create_app(load_settings()), int(sys.argv[1]))
"""

Send = Callable[[str], bool]
"""Of a report that is named so. Whether the door said yes."""


@dataclass
class Clients:
    """They send until the door dies, and remember what it said yes to."""

    accepted: list[str] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)

    def send(self, prefix: str, send: Send) -> None:
        number = 0
        try:
            while send(name := f"{prefix}-{number}"):
                self.accepted.append(name)
                number += 1
                if len(self.accepted) >= ENOUGH:
                    self.enough.set()
        except (OSError, smtplib.SMTPException, EOFError):
            return

    def send_until_killed(self, kill: int, process: int, connect: Callable[[], Send]) -> None:
        threads = [
            threading.Thread(target=self.send, args=(f"{kill}-{client}-", connect()))
            for client in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        assert self.enough.wait(60)
        os.kill(process, signal.SIGKILL)
        for thread in threads:
            thread.join()


def test_each_report_that_was_answered_with_250_is_a_row(context: Context) -> None:
    context = replace(context, settings=replace(context.settings, bounce_domain=BOUNCE_DOMAIN))
    to = verp_sender("d", (1, 1), BOUNCE_DOMAIN, context.settings.secret_keys)

    def connect() -> Send:
        door = smtplib.SMTP("127.0.0.1", port, timeout=10)
        return lambda name: door.sendmail("", [to], a_mail(to=to, subject=f"<{name}>")) == {}

    accepted: list[str] = []
    for kill in range(KILLS):
        clients, port = Clients(), free_port()
        with inbound_process(context, smtp=port) as door:
            clients.send_until_killed(kill, door.pid, connect)
        accepted += clients.accepted
    assert set(accepted) - stored(context) == set()
    while judge_new(context).messages:
        pass
    with context.database.read() as session:
        assert set(session.scalars(select(InboundMessage.state))) == {"judged"}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_each_event_of_a_webhook_that_was_answered_with_200_is_a_row(context: Context) -> None:
    def connect() -> Send:
        client = Client(port)

        def send(name: str) -> bool:
            request = postmark(postmark_bounce(ID=f"<{name}>"))
            login = f"Authorization: {request.headers['authorization']}"
            return client.ask("/hooks/postmark", request.body, login.encode())[0] == 200

        return send

    clients = Clients()
    with web_process(context) as (port, process):
        clients.send_until_killed(0, process.pid, connect)
    assert set(clients.accepted) - stored(context) == set()


@contextmanager
def web_process(context: Context) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    more = {"HOOK_POSTMARK_LOGIN": LOGIN, "HOOK_LIMIT": "100000 per minute"}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = subprocess.Popen(
            [sys.executable, "-c", SITE, str(listener.fileno())],
            env=environment_of(context) | more,
            pass_fds=(listener.fileno(),),
            stderr=subprocess.DEVNULL,
        )
        try:
            yield listener.getsockname()[1], process
        finally:
            process.kill()
            process.wait()


def stored(context: Context) -> set[str]:
    with context.database.read() as session:
        contents = session.scalars(select(InboundMessage.content))
        return {name for content in contents for name in NAME.findall((content or b"").decode())}
