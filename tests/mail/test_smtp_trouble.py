"""The relay has trouble with us, goes away in between, or does not answer the final dot."""

from __future__ import annotations

import signal
import time

import pytest

from newsletter.domain.deliveries import (
    Accepted,
    Deferred,
    Rejected,
    RelayTrouble,
    Uncertain,
    Withheld,
)
from newsletter.domain.smtp_replies import Reply, Stage
from newsletter.mail.client import SmtpClient, Timeouts
from newsletter.mail.relay import Relay
from newsletter.mail.steps import ConversationBroken, Listen, Receive, Send, Session, Step
from newsletter.mail.transaction import hand_over
from tests.mail.dialogue import Dialogue
from tests.mail.scripts import (
    AFTER_RESET,
    ASKED,
    BYE,
    ENVELOPE,
    HELLO,
    MESSAGE,
    OTHER,
    REFUSED,
    SHORT,
    TAKEN,
    UP_TO_THE_DOT,
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
        "The relay 127.0.0.1:1: nothing listens there (connection refused). "
        "Is SMTP_URL right, is it running?"
    )


def test_a_relay_whose_name_nobody_knows_is_named_with_advice() -> None:
    client = SmtpClient(Relay("relay.invalid", 25, starttls_required=False), Timeouts())
    outcome = client.send(ENVELOPE, MESSAGE)
    assert isinstance(outcome, RelayTrouble)
    assert outcome.stage is Stage.CONNECT
    assert "relay.invalid:25" in outcome.detail
    assert "looked up" in outcome.detail


def test_after_trouble_the_next_message_tries_anew() -> None:
    script = "S: 421 Busy\n---" + HELLO + ASKED + TAKEN + BYE
    with Dialogue(script) as server:
        client = a_client(server)
        assert isinstance(client.send(ENVELOPE, MESSAGE), RelayTrouble)
        assert isinstance(client.send(ENVELOPE, MESSAGE), Accepted)
        client.close()


def test_a_reply_of_a_megabyte_is_cut_and_taken_for_what_it_says() -> None:
    outcome = outcome_of_dialogue(
        HELLO + ASKED + f"S: 250 Ok\nS: 550 5.1.1 {'x' * 1_000_000}\nS: 503 Need RCPT" + BYE
    )
    assert isinstance(outcome, Rejected)
    assert outcome.is_hard
    assert len(outcome.reply.text) < 5_000


# --- A kept connection ---------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["S: 421 4.4.2 Idle too long", "S: (drop)", "S: (reset)"])
def test_a_kept_connection_that_is_gone_is_reopened_without_a_word(ending: str) -> None:
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


def test_closing_says_goodbye_and_does_not_mind_if_nobody_hears_it() -> None:
    with Dialogue(HELLO + ASKED + TAKEN + "C: QUIT\nS: (drop)") as server:
        client = a_client(server)
        client.send(ENVELOPE, MESSAGE)
        client.close()
        client.close()


# --- The final dot -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ending", ["S: (drop)", "S: (reset)", "S: gibberish", "S: 354 Go on", "S: 25"]
)
def test_after_the_dot_nobody_knows_without_an_answer(ending: str) -> None:
    outcome = outcome_of_dialogue(UP_TO_THE_DOT + "C: (text)\n" + ending)
    assert isinstance(outcome, Uncertain)
    assert "final dot" in outcome.detail


def test_a_server_that_hangs_after_the_dot_leaves_it_uncertain() -> None:
    outcome = outcome_of_dialogue(UP_TO_THE_DOT + "C: (text)\nS: (hang)", Timeouts(final=SHORT))
    assert isinstance(outcome, Uncertain)


def test_a_message_is_withheld_if_it_may_not_be_finished() -> None:
    with Dialogue(
        UP_TO_THE_DOT + "C: (text without dot)\n---" + HELLO + ASKED + TAKEN + BYE
    ) as server:
        client = a_client(server)
        assert client.send(ENVELOPE, MESSAGE, lambda: False) == Withheld()
        assert isinstance(client.send(ENVELOPE, MESSAGE), Accepted)
        client.close()
    assert server.texts == [MESSAGE, MESSAGE + b".\r\n"]


def test_the_question_comes_after_the_text_and_only_if_the_message_is_wanted() -> None:
    asked = []

    def may_finish() -> bool:
        asked.append(time.monotonic())
        return True

    with Dialogue(HELLO + ASKED + REFUSED + AFTER_RESET + TAKEN + BYE) as server:
        client = a_client(server)
        client.send(ENVELOPE, MESSAGE, may_finish)
        assert asked == []
        client.send(OTHER, MESSAGE, may_finish)
        client.close()
    assert len(asked) == 1


def test_whatever_the_question_raises_goes_through_and_no_dot_is_sent() -> None:
    def disk_is_full() -> bool:
        raise OSError(28, "No space left on device")

    with Dialogue(UP_TO_THE_DOT + "C: (text without dot)") as server:
        client = a_client(server)
        with pytest.raises(OSError, match="No space"):
            client.send(ENVELOPE, MESSAGE, disk_is_full)


class Interrupted(BaseException):
    """As a worker raises it in a thread that must stop."""


def test_an_interruption_while_waiting_leaves_no_reply_to_be_taken_for_the_next() -> None:
    def interrupt(_: int, __: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    with Dialogue(HELLO + ASKED + "S: (hang)\n---" + HELLO + ASKED + TAKEN + BYE) as server:
        client = a_client(server)
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(Interrupted):
            client.send(ENVELOPE, MESSAGE)
        signal.signal(signal.SIGALRM, before)
        assert isinstance(client.send(OTHER, MESSAGE), Accepted)
        client.close()


def test_a_server_that_turns_away_before_the_dot_is_noticed_before_the_dot() -> None:
    script = UP_TO_THE_DOT.rstrip() + r"\r\n421 4.3.2 Shutting down" + "\nC: (text without dot)"
    outcome = outcome_of_dialogue(script)
    assert outcome == Deferred(Reply(421, "Shutting down", "4.3.2"), Stage.DATA, slow_domain=True)


def test_a_connection_lost_while_the_text_goes_out_has_handed_nothing_over() -> None:
    conversation = hand_over(Session(), ENVELOPE, MESSAGE, lambda: pytest.fail("asked"))
    replies = iter([Reply(250, "Ok"), Reply(250, "Ok"), Reply(354, "Go on")])
    step = next(conversation)
    while not isinstance(step, Listen):
        step = conversation.send(next(replies) if isinstance(step, Receive) else None)
    with pytest.raises(StopIteration) as ended:
        conversation.throw(ConversationBroken("it closed the connection"))
    assert ended.value.value == RelayTrouble(Stage.DATA, "it closed the connection")


def test_nothing_but_the_dot_itself_follows_the_question() -> None:
    order: list[object] = []

    def may_finish() -> bool:
        order.append("asked")
        return True

    replies = iter([Reply(250, ""), Reply(250, ""), Reply(354, ""), Reply(250, "")])
    conversation = hand_over(Session(), ENVELOPE, MESSAGE, may_finish)
    step: Step | None = next(conversation)
    while step is not None:
        order.append(step.data if isinstance(step, Send) else type(step))
        try:
            step = conversation.send(next(replies) if isinstance(step, Receive) else None)
        except StopIteration:
            step = None
    assert order[-5:] == [MESSAGE, Listen, "asked", b".\r\n", Receive]
