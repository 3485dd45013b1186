"""Real servers of others get every copy, however they take pipelining."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from newsletter.delivery.transmission import Transmitter
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.delivery.outcomes import Accepted, Rejected
from newsletter.domain.delivery.pipelining import Pipelining
from newsletter.mail.envelope import Envelope
from newsletter.mail.smtp.courier import Courier
from newsletter.mail.smtp.learner import Learner
from newsletter.mail.smtp.relay import Relay
from newsletter.mail.smtp.timeouts import Timeouts
from newsletter.store.sending import relay_pauses
from tests.support.delivery_rig import DeliveryRig
from tests.support.services.mail_servers.server import UNKNOWN, MailServer
from tests.support.smtp.scripts import GUARD_S, WaitingCopies

# On one worker: each server is started once.
pytestmark = [pytest.mark.xdist_group("mail servers"), pytest.mark.timeout(120)]

MESSAGE = b"From: news@b.example\r\nSubject: Hi\r\n\r\nText\r\n"
TAKEN_AS: dict[str, set[Pipelining]] = {
    "Postfix": {Pipelining.FULL},
    "Exim": {Pipelining.FULL},
    "OpenSMTPD": {Pipelining.OFF},
    "chasquid": {Pipelining.COMMANDS, Pipelining.FULL},  # 1.11 drops what follows the dot
    "Haraka": {Pipelining.COMMANDS},
    "smtp-server": {Pipelining.FULL},
}
_numbers = count()


def fresh_readers(number: int) -> list[str]:
    """Nobody gets a second mail, so that a server's log says how often it took one."""
    return [f"reader{next(_numbers)}@r.example" for _ in range(number)]


@pytest.fixture
def learner() -> Learner:
    return Learner()


@pytest.fixture
def courier(learner: Learner) -> Iterator[Courier]:
    courier = Courier(Timeouts(pipelined=timedelta(seconds=3)), lambda _: learner)
    yield courier
    courier.close()


def send(
    courier: Courier, server: MailServer, recipients: list[str], **relay: object
) -> list[object]:
    copies = WaitingCopies([Envelope("news@b.example", to) for to in recipients], MESSAGE)
    where = Relay("127.0.0.1", server.port, starttls_required=False, ehlo_name="client.example")
    courier.submit(replace(where, **relay), copies)  # type: ignore[arg-type]
    assert copies.are_settled.wait(GUARD_S), copies.outcomes
    courier.raise_if_broken()
    return [copies.outcomes[index] for index in range(len(recipients))]


@pytest.mark.parametrize("connections", [1, 5])
def test_every_copy_is_accepted_and_taken_once(
    mail_server: MailServer, courier: Courier, learner: Learner, connections: int
) -> None:
    recipients = fresh_readers(30)
    outcomes = send(courier, mail_server, recipients, connections=connections)
    assert [type(outcome) for outcome in outcomes] == [Accepted] * 30
    assert mail_server.wait_for(recipients) == sorted(recipients)
    assert learner.learned.proven in TAKEN_AS[mail_server.name]


@pytest.mark.parametrize("mail_server", ["chasquid"], indirect=True)
def test_it_is_the_same_behind_starttls(
    mail_server: MailServer, courier: Courier, learner: Learner
) -> None:
    recipients = fresh_readers(20)
    tls = {"starttls_required": True, "ca_file": mail_server.ca_file}
    outcomes = send(courier, mail_server, recipients, connections=2, **tls)
    assert [type(outcome) for outcome in outcomes] == [Accepted] * 20
    assert mail_server.wait_for(recipients) == sorted(recipients)
    assert learner.learned.proven in TAKEN_AS[mail_server.name]


def test_a_reader_who_is_refused_keeps_no_other_copy_back(
    mail_server: MailServer, courier: Courier
) -> None:
    recipients = fresh_readers(16)
    eight = [Accepted] * 8
    with_unknown = [*recipients[:8], UNKNOWN, *recipients[8:]]
    outcomes = send(courier, mail_server, with_unknown, connections=1)
    assert [type(outcome) for outcome in outcomes] == [*eight, Rejected, *eight]
    assert mail_server.wait_for(recipients) == sorted(recipients)


def test_connections_that_end_after_a_few_messages_lose_nothing(
    mail_server: MailServer, courier: Courier
) -> None:
    recipients = fresh_readers(25)
    outcomes = send(courier, mail_server, recipients, connections=2, per_connection=4)
    assert [type(outcome) for outcome in outcomes] == [Accepted] * 25
    assert mail_server.wait_for(recipients) == sorted(recipients)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("mail_server", ["Postfix", "Haraka"], indirect=True)
def test_an_issue_goes_out_whole_at_the_first_attempt_and_no_relay_is_paused(
    rig: DeliveryRig, mail_server: MailServer
) -> None:
    recipients = fresh_readers(60)
    url = f"smtp://127.0.0.1:{mail_server.port}?connections=5"
    settings = replace(rig.context.settings, smtp_url=url, batch_size=200)
    rig.context = replace(rig.context, settings=settings)
    rig.transmitter = Transmitter(rig.context)
    rig.send_to(*recipients)
    rig.deliver()
    rig.transmitter.close()
    lines = [rig.line(address) for address in recipients]
    assert {(line.state, line.attempts) for line in lines} == {(DeliveryState.ACCEPTED.value, 1)}
    assert mail_server.wait_for(recipients) == sorted(recipients)
    with rig.context.database.read() as session:
        assert relay_pauses.pauses_by_relay(session, rig.context.now()) == {}
