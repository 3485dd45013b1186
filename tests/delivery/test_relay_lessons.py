"""What a worker learned of a relay's pipelining outlives it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.delivery.relay_lessons import RelayLessons
from newsletter.delivery.transmission import Transmitter
from newsletter.domain.delivery.outcomes import Accepted
from newsletter.domain.delivery.pipelining import Learned, Pipelining
from newsletter.mail.smtp.relay import Relay, relay_from
from newsletter.spool.journal import read_evidence
from newsletter.store.sending.relay_pipelining import lessons_by_relay
from newsletter.usecases.context import Context
from tests.support.delivery_rig import DeliveryRig
from tests.support.smtp.dialogue import Dialogue
from tests.support.smtp.scripts import ASKED, ENVELOPE, HELLO, MESSAGE, TAKEN

RELAY = Relay("relay.example", 25)
STEPS = TAKEN.replace("S: 250 2.1.0", "C: MAIL FROM:<*>*\nS: 250 2.1.0")
STEPS = STEPS.replace("S: 250 2.1.5", "C: RCPT TO:<*>\nS: 250 2.1.5").replace(
    "S: 354", "C: DATA\nS: 354"
)


def known(context: Context, relay: str) -> Learned:
    with context.database.read() as session:
        return lessons_by_relay(session)[relay].learned


def test_the_next_process_begins_where_this_one_was(context: Context) -> None:
    lessons = RelayLessons(context)
    learner = lessons.learner_of(RELAY)
    assert learner.learned == Learned()
    learner.succeeded(object(), Pipelining.OFF)
    connection = object()
    assert learner.level_for(connection) is Pipelining.COMMANDS
    learner.succeeded(connection, Pipelining.COMMANDS)
    assert learner.refused(connection, Pipelining.FULL, "It answered MAIL: 503")
    lessons.keep()
    next_one = RelayLessons(context).learner_of(RELAY)
    assert next_one.learned == learner.learned
    assert next_one.level_for(object()) is Pipelining.COMMANDS


def test_a_step_back_is_logged_once(context: Context, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "newsletter.events")
    lessons = RelayLessons(context)
    lessons.learner_of(RELAY).refused(object(), Pipelining.FULL, "It answered MAIL: 503")
    lessons.keep()
    lessons.keep()
    assert caplog.messages == ["relay refuses pipelining"]


def test_two_processes_may_learn_different_things_of_one_relay(context: Context) -> None:
    ours, theirs = RelayLessons(context), RelayLessons(context)
    ours.learner_of(RELAY).refused(object(), Pipelining.FULL, "503")
    theirs.learner_of(RELAY).refused(object(), Pipelining.COMMANDS, "554")
    ours.keep()
    theirs.keep()
    assert known(context, RELAY.name).reason == "554"


def test_a_mail_of_the_outbox_teaches_as_well(context: Context, tmp_path: Path) -> None:
    with Dialogue(HELLO + STEPS + ASKED + TAKEN + "C: QUIT\nS: 221 Bye") as server:
        url = f"smtp://127.0.0.1:{server.port}?connections=1"
        settings = replace(context.settings, smtp_url=url, smtp_ehlo_name="client.example")
        transmitter = Transmitter(replace(context, settings=settings))
        for _ in range(2):
            _, outcome = transmitter.hand_over(ENVELOPE, MESSAGE, context.now())
            assert isinstance(outcome, Accepted)
        transmitter.close()
    assert known(context, relay_from(settings).name) == Learned(Pipelining.COMMANDS)


ANY_ASKED = "C: MAIL FROM:<*>*\nC: RCPT TO:<*>\nC: DATA\n"
GO_ON = "S: 250 Ok\nS: 250 Ok\nS: 354 Go on\n"
TAKEN_AT_ONCE = ANY_ASKED + GO_ON + "C: (text)\nS: 250 Ok\n"


@pytest.mark.parametrize(
    ("answers", "left"),
    [
        pytest.param("S: 503 Improper pipelining\nC: (end)", 2, id="to the dot itself"),
        pytest.param("S: 250 Ok\nS: 503 Bad sequence\nC: (end)", 1, id="to what came behind it"),
        pytest.param("S: 250 Ok\nS: (drop)", 1, id="by closing behind it"),
    ],
)
def test_a_refusal_of_pipelining_counts_no_attempt_and_leaves_no_line_of_the_journal_open(
    rig: DeliveryRig, answers: str, left: int
) -> None:
    refused = ANY_ASKED + GO_ON + "C: (text)\n" + ANY_ASKED + answers
    hello = HELLO.replace("SIZE 1000", "SIZE 1000000")
    script = hello + STEPS + refused + "\n---" + hello + TAKEN_AT_ONCE * left
    readers = [f"reader{number}@r.example" for number in range(3)]
    with Dialogue(script + "C: QUIT\nS: 221 Bye") as server:
        url = f"smtp://127.0.0.1:{server.port}?connections=1"
        settings = replace(
            rig.context.settings, smtp_url=url, smtp_ehlo_name="client.example", batch_size=10
        )
        rig.context = replace(rig.context, settings=settings)
        rig.transmitter = Transmitter(rig.context)
        rig.send_to(*readers)
        rig.deliver()
        rig.transmitter.close()
    lines = [rig.line(address) for address in readers]
    assert [(line.state, line.attempts) for line in lines] == [("accepted", 1)] * 3
    assert known(rig.context, relay_from(settings).name).refused is Pipelining.FULL
    evidence = read_evidence(settings.journal_path, "test/1")
    assert not [dot for dot, outcome in evidence.dots.items() if outcome is None]
