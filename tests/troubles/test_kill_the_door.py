"""Kill -9 the door while reports come in: every one that it answered with 250 is a row."""

from __future__ import annotations

import os
import signal
import smtplib
import threading
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import select

from newsletter.mail.verp import verp_sender
from newsletter.store.models import InboundMessage
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.judge import judge_new
from tests.support.reports import BOUNCE_DOMAIN, a_mail
from tests.support.services.inbound import inbound_process
from tests.support.services.mail_servers.server import free_port

KILLS = 3
CLIENTS = 4
ENOUGH = 60
"""Answers between two kills."""

pytestmark = pytest.mark.timeout(120)


@dataclass
class Clients:
    """They send until the door dies, and remember what it said yes to."""

    port: int
    to: str
    prefix: str
    accepted: list[str] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)

    def send(self, client: int) -> None:
        number = 0
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as door:
                while True:
                    subject = f"{self.prefix}-{client}-{number}"
                    door.sendmail("", [self.to], a_mail(to=self.to, subject=subject))
                    self.accepted.append(subject)
                    number += 1
                    if len(self.accepted) >= ENOUGH:
                        self.enough.set()
        except (OSError, smtplib.SMTPException):
            return


def test_each_report_that_was_answered_with_250_is_a_row(context: Context) -> None:
    context = replace(context, settings=replace(context.settings, bounce_domain=BOUNCE_DOMAIN))
    to = verp_sender("d", (1, 1), BOUNCE_DOMAIN, context.settings.secret_keys)
    accepted: list[str] = []
    for kill in range(KILLS):
        clients = Clients(free_port(), to, str(kill))
        with inbound_process(context, smtp=clients.port) as door:
            threads = [threading.Thread(target=clients.send, args=(n,)) for n in range(CLIENTS)]
            for thread in threads:
                thread.start()
            assert clients.enough.wait(60)
            os.kill(door.pid, signal.SIGKILL)
            for thread in threads:
                thread.join()
        accepted += clients.accepted
    with context.database.read() as session:
        contents = session.scalars(select(InboundMessage.content))
        stored = {line for content in contents for line in (content or b"").splitlines()}
    assert {
        subject for subject in accepted if f"Subject: {subject}".encode() not in stored
    } == set()
    while judge_new(context).messages:
        pass
    with context.database.read() as session:
        assert set(session.scalars(select(InboundMessage.state))) == {"judged"}
