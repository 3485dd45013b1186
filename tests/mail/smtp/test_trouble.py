"""The relay has trouble with us, goes away in between, or wants patience."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from newsletter.domain.delivery.outcomes import (
    Accepted,
    Rejected,
    RelayTrouble,
    Throttled,
)
from newsletter.domain.delivery.smtp_replies import Stage
from newsletter.mail.smtp.copies import Copy
from newsletter.mail.smtp.courier import Courier
from newsletter.mail.smtp.relay import Relay
from newsletter.mail.smtp.timeouts import Timeouts
from newsletter.mail.smtp.turns import Turns
from tests.support.services.relay import Relay as ServedRelay
from tests.support.smtp.dialogue import GUARD_S, Dialogue
from tests.support.smtp.scripts import (
    ASKED,
    BYE,
    ENVELOPE,
    HELLO,
    MESSAGE,
    OTHER,
    SHORT,
    TAKEN,
    SmtpClient,
    WaitingCopies,
    a_client,
    outcome_of_dialogue,
    trouble_of,
)

# --- The relay has trouble with us ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "stage"),
    [
        ("S: 554 No mail from you", Stage.CONNECT),
        ("S: 421 Too busy", Stage.CONNECT),
        ("S: (drop)", Stage.CONNECT),
        ("S: (reset)", Stage.CONNECT),
        ("S: SSH-2.0-OpenSSH_9.2", Stage.CONNECT),
        (r"S: \xfe\xff\x00\xff 8-bit rubbish", Stage.CONNECT),
        ("S: 220 Hi\nC: EHLO *\nS: 421 Shutting down", Stage.EHLO),
        ("S: 220 Hi\nC: EHLO *\nS: (drop)", Stage.EHLO),
        ("S: 220 Hi\nC: EHLO *\nS: 500 ?\nC: HELO *\nS: 550 Go away", Stage.EHLO),
        ("S: 220 Hi\nC: EHLO *\nS: and hello to you", Stage.EHLO),
        (HELLO + ASKED + "S: 550 5.7.1 Sender not allowed", Stage.MAIL),
        (HELLO + ASKED + "S: 421 4.7.0 Too many connections", Stage.MAIL),
        (HELLO + ASKED + "S: (drop)", Stage.MAIL),
        (HELLO + ASKED + "S: 250 Ok\nS: (drop)", Stage.RCPT),
        (HELLO + ASKED + "S: 250 Ok\nS: 250 Ok\nS: (drop)", Stage.DATA),
        (HELLO + ASKED + "S: 250 Ok\nS: 250 Ok\nS: 250 Ok", Stage.DATA),
        (HELLO + ASKED + "S: 250 Ok\nS: 250 Ok\nS: what?", Stage.DATA),
        (HELLO + ASKED + "S: 250 Ok\nS: 250 O|k\nS: 3|5", Stage.DATA),
    ],
)
def test_trouble_before_the_dot_is_the_relays_and_hands_nothing_over(
    script: str, stage: Stage
) -> None:
    trouble = trouble_of(script)
    assert trouble.stage is stage
    assert not trouble.is_refused_login
    assert "127.0.0.1:" in trouble.detail


@pytest.mark.parametrize(
    ("script", "stage"),
    [
        ("S: (hang)", Stage.CONNECT),
        ("S: 220 Hi\nC: EHLO *\nS: (hang)", Stage.EHLO),
        (HELLO + ASKED + "S: (hang)", Stage.MAIL),
        (HELLO + ASKED + "S: 250 Ok\nS: 250 Ok\nS: (hang)", Stage.DATA),
    ],
)
def test_a_relay_that_gives_no_answer_is_not_waited_for_for_ever(script: str, stage: Stage) -> None:
    trouble = trouble_of(script, Timeouts(connect=SHORT, command=SHORT, data=SHORT))
    assert trouble.stage is stage


def test_a_relay_that_answers_without_an_end_is_not_listened_to_for_ever() -> None:
    trouble = trouble_of("S: 220 Hi\nC: EHLO *\nS: (drip)", Timeouts(connect=SHORT))
    assert trouble.stage is Stage.EHLO


def test_a_relay_that_is_down_is_named_with_advice() -> None:
    client = SmtpClient(Relay("127.0.0.1", 1, starttls_required=False), Timeouts())
    outcome = client.send(ENVELOPE, MESSAGE)
    assert isinstance(outcome, RelayTrouble)
    assert outcome.detail == (
        "The relay 127.0.0.1:1: it refused the connection. "
        "Check SMTP_URL and that the relay is running."
    )


def test_a_relay_with_an_unknown_name_is_reported_with_advice() -> None:
    client = SmtpClient(Relay("relay.invalid", 25, starttls_required=False), Timeouts())
    outcome = client.send(ENVELOPE, MESSAGE)
    assert isinstance(outcome, RelayTrouble)
    assert outcome.stage is Stage.CONNECT
    assert "relay.invalid:25" in outcome.detail
    assert "looked up" in outcome.detail


def test_after_trouble_the_next_message_tries_again() -> None:
    script = "S: 421 Busy\n---" + HELLO + ASKED + TAKEN + BYE
    with Dialogue(script) as server:
        client = a_client(server)
        assert isinstance(client.send(ENVELOPE, MESSAGE), RelayTrouble)
        assert isinstance(client.send(ENVELOPE, MESSAGE), Accepted)
        client.close()


def test_what_waits_goes_out_after_a_relay_hung_up_with_its_greeting() -> None:
    """The first connection ends in the same turn of the loop that made it."""
    script = HELLO + "S: 421 Busy\nC: (rubbish)\n---" + HELLO + ASKED + TAKEN + BYE
    with Dialogue(script) as server:
        client = a_client(server)
        first, second = client.send_all([ENVELOPE, ENVELOPE])
        client.close()
    assert isinstance(first, RelayTrouble | Throttled)
    assert isinstance(second, Accepted)


def test_a_reply_of_a_megabyte_is_cut_and_judged_by_its_code() -> None:
    outcome = outcome_of_dialogue(
        HELLO + ASKED + f"S: 250 Ok\nS: 550 5.1.1 {'x' * 1_000_000}\nS: 503 Need RCPT" + BYE
    )
    assert isinstance(outcome, Rejected)
    assert outcome.verdict.suppresses
    assert len(outcome.reply.text) < 5_000


# --- A kept connection ---------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["S: 421 4.4.2 Idle too long", "S: (drop)", "S: (reset)"])
def test_a_lost_idle_connection_is_reopened_without_an_error(ending: str) -> None:
    with Dialogue(
        HELLO + ASKED + TAKEN + ASKED + ending + "\n---" + HELLO + ASKED + TAKEN + BYE
    ) as server:
        client = a_client(server)
        assert isinstance(client.send(ENVELOPE, MESSAGE), Accepted)
        assert isinstance(client.send(ENVELOPE, MESSAGE), Accepted)
        client.close()
    assert len(server.texts) == 2


def test_a_kept_connection_that_was_closed_while_idle_is_reopened_without_a_word() -> None:
    with Dialogue(HELLO + ASKED + TAKEN + "S: (drop)\n---" + HELLO + ASKED + TAKEN + BYE) as server:
        client = a_client(server)
        assert isinstance(client.send(ENVELOPE, MESSAGE), Accepted)
        assert isinstance(client.send(ENVELOPE, MESSAGE), Accepted)
        client.close()


def test_it_is_reopened_only_once() -> None:
    with Dialogue(HELLO + ASKED + TAKEN + "S: (drop)\n---" + HELLO + ASKED + "S: (drop)") as server:
        client = a_client(server)
        assert isinstance(client.send(ENVELOPE, MESSAGE), Accepted)
        assert isinstance(client.send(ENVELOPE, MESSAGE), RelayTrouble)


def test_a_kept_connection_lost_after_the_sender_was_taken_is_trouble() -> None:
    with Dialogue(HELLO + ASKED + TAKEN + ASKED + "S: 250 Ok\nS: (drop)") as server:
        client = a_client(server)
        client.send(ENVELOPE, MESSAGE)
        outcome = client.send(ENVELOPE, MESSAGE)
    assert isinstance(outcome, RelayTrouble)
    assert outcome.stage is Stage.RCPT


def test_closing_sends_quit_and_ignores_a_missing_answer() -> None:
    with Dialogue(HELLO + ASKED + TAKEN + "C: QUIT\nS: (drop)") as server:
        client = a_client(server)
        client.send(ENVELOPE, MESSAGE)
        client.close()
        client.close()


# --- Patience, and care --------------------------------------------------------------------------


def test_the_greeting_is_waited_for_as_long_as_a_command() -> None:
    timeouts = Timeouts(connect=timedelta(seconds=30), command=timedelta(minutes=5))
    assert timeouts.of(Stage.CONNECT) == 300.0
    assert timeouts.of(Stage.EHLO) == 30.0


def test_a_share_that_is_used_up_is_followed_by_another_connection() -> None:
    with Dialogue(
        HELLO
        + ASKED
        + TAKEN
        + ASKED
        + "S: 250 Ok\nS: 452 4.5.3 Enough for this connection\nS: 503 No\nC: (end)\n---"
        + HELLO
        + ASKED
        + TAKEN
        + BYE
    ) as server:
        client = a_client(server)
        assert isinstance(client.send(ENVELOPE, MESSAGE), Accepted)
        assert isinstance(client.send(OTHER, MESSAGE), Accepted)
        client.close()


def test_a_wrong_password_is_tried_with_one_connection() -> None:
    login = "S: 220 Hi\nC: EHLO *\nS: 250-r\nS: 250 AUTH PLAIN\nC: AUTH *\nS: 535 No\nC: (end)"
    with Dialogue(login) as server:
        relay = Relay(
            "127.0.0.1", server.port, "ann", "wrong", starttls_required=False, connections=20
        )
        courier = Courier(Timeouts())
        for _ in range(3):  # as threads do that come along meanwhile
            copies = WaitingCopies([ENVELOPE] * 50, MESSAGE)
            courier.submit(relay, copies)
            assert copies.are_settled.wait(GUARD_S)
            assert {type(outcome) for outcome in copies.outcomes.values()} == {RelayTrouble}
        courier.close()
        assert server.heard.count("EHLO localhost") == 1


def test_a_limit_holds_in_each_second_whenever_it_begins() -> None:
    turns, now_s, begun = Turns(14), 100.0, []
    while len(begun) < 60:
        wait_s = turns.wait_s(now_s)
        if wait_s:
            now_s += wait_s
            continue
        turns.count(now_s)
        begun.append(now_s)
        now_s += 0.001
    assert max(sum(at <= other < at + 1 for other in begun) for at in begun) == 14


def test_the_connections_of_a_relay_keep_its_limit_together() -> None:
    relay = ServedRelay()
    relay.start()
    courier = Courier(Timeouts())
    copies = TimedCopies([ENVELOPE] * 25, MESSAGE)
    where = Relay("127.0.0.1", relay.port, starttls_required=False, per_second=8)
    courier.submit(where, copies)
    assert copies.are_settled.wait(GUARD_S)
    courier.close()
    relay.stop()
    begun = copies.begun_s
    assert len(begun) == 25
    assert max(sum(at <= other < at + 1 for other in begun) for at in begun) <= 8


class TimedCopies(WaitingCopies):
    """Notes when each copy begins, by the clock of the connections."""

    begun_s: list[float]

    def take(self) -> Copy | None:
        copy = super().take()
        if copy is not None:
            self.begun_s = [*getattr(self, "begun_s", []), asyncio.get_running_loop().time()]
        return copy


def test_without_a_limit_nothing_waits() -> None:
    turns = Turns(0)
    turns.count(1.0)
    assert turns.wait_s(1.0) == 0.0
