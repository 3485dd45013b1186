"""The client on the wire: what it says, what it makes of the answers, and what it does next."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from dialogue import Dialogue

from newsletter.domain.deliveries import (
    Accepted,
    Deferred,
    Outcome,
    Rejected,
    RelayTrouble,
    Uncertain,
    Withheld,
)
from newsletter.domain.smtp_replies import Reply, Stage
from newsletter.mail.client import Envelope, SmtpClient, Timeouts
from newsletter.mail.relay import Relay

ENVELOPE = Envelope("news@b.example", "ann@r.example")
OTHER = Envelope("news@b.example", "bob@r.example")
MESSAGE = b"Subject: Hi\r\n\r\nText\r\n"
SHORT = timedelta(milliseconds=250)

HELLO = """
    S: 220 relay.example ready
    C: EHLO client.example
    S: 250-relay.example greets you
    S: 250-SIZE 1000
    S: 250 PIPELINING
"""
STEPWISE_HELLO = """
    S: 220 relay.example ready
    C: EHLO client.example
    S: 250 relay.example greets you
"""
ASKED = """
    C: MAIL FROM:<news@b.example> SIZE=*
    C: RCPT TO:<*@r.example>
    C: DATA
"""
TAKEN = """
    S: 250 2.1.0 Ok
    S: 250 2.1.5 Ok
    S: 354 Go on
    C: (text)
    S: 250 2.0.0 Ok: queued as ABC
"""
BYE = """
    C: QUIT
    S: 221 Bye
    C: (end)
"""


def a_client(server: Dialogue, timeouts: Timeouts | None = None, **relay: object) -> SmtpClient:
    settings: dict[str, object] = {"starttls_required": False, "ehlo_name": "client.example"}
    where = Relay("127.0.0.1", server.port, **{**settings, **relay})  # type: ignore[arg-type]
    return SmtpClient(where, timeouts or Timeouts())


def outcome_of_dialogue(script: str, timeouts: Timeouts | None = None) -> Outcome:
    with Dialogue(script) as server:
        client = a_client(server, timeouts)
        outcome = client.send(ENVELOPE, MESSAGE)
        client.close()
    return outcome


def trouble_of(script: str, timeouts: Timeouts | None = None) -> RelayTrouble:
    outcome = outcome_of_dialogue(script, timeouts)
    assert isinstance(outcome, RelayTrouble), outcome
    return outcome


# --- A message is taken --------------------------------------------------------------------------


def test_a_server_with_pipelining_gets_envelope_and_data_in_one_go() -> None:
    outcome = outcome_of_dialogue(HELLO + ASKED + TAKEN + BYE)
    assert outcome == Accepted(Reply(250, "Ok: queued as ABC", "2.0.0"), "ABC")


def test_a_server_without_pipelining_is_served_step_by_step() -> None:
    outcome = outcome_of_dialogue(
        STEPWISE_HELLO
        + """
        C: MAIL FROM:<news@b.example>
        S: 250 Ok
        C: RCPT TO:<ann@r.example>
        S: 250 Ok
        C: DATA
        S: 354 Go on
        C: (text)
        S: 250 Ok
        """
        + BYE
    )
    assert isinstance(outcome, Accepted)


def test_a_server_that_only_knows_helo_is_served_as_well() -> None:
    outcome = outcome_of_dialogue(
        """
        S: 220 old.example
        C: EHLO client.example
        S: 502 Never heard of it
        C: HELO client.example
        S: 250 old.example
        C: MAIL FROM:<news@b.example>
        S: 250 Ok
        C: RCPT TO:<ann@r.example>
        S: 250 Ok
        C: DATA
        S: 354 Go on
        C: (text)
        S: 250 Ok
        """
        + BYE
    )
    assert isinstance(outcome, Accepted)


def test_replies_of_many_lines_in_many_packets_are_put_together() -> None:
    outcome = outcome_of_dialogue(
        """
        S: 2|20-relay.exa|mple
        S: 220-no spam
        S: 220 please
        C: EHLO client.example
        S: 250-relay|.example
        S: 250-PIPE|LINING
        S: 250 SIZE 1000
        """
        + ASKED
        + r"""
        S: 250 Ok|\r\n250-O|k\r\n25|0 Ok\r|\n3|54 Go on
        C: (text)
        S: 250-2.0.0 O|k: queued
        S: 250 2.0.0 as we said
        """
        + BYE
    )
    assert outcome == Accepted(Reply(250, "Ok: queued\nas we said", "2.0.0"), "")


def test_lines_that_begin_with_a_dot_arrive_with_it() -> None:
    with Dialogue(HELLO + ASKED + TAKEN + BYE) as server:
        client = a_client(server)
        client.send(ENVELOPE, b".a: b\r\n\r\n.\r\n..\r\n.end\r\n")
        client.close()
    assert server.texts == [b"..a: b\r\n\r\n..\r\n...\r\n..end\r\n.\r\n"]


def test_a_message_without_a_last_line_end_gets_one() -> None:
    with Dialogue(HELLO + ASKED + TAKEN + BYE) as server:
        client = a_client(server)
        client.send(ENVELOPE, b"Subject: Hi\r\n\r\nText")
        client.close()
    assert server.texts == [MESSAGE + b".\r\n"]


def test_one_connection_takes_one_message_after_the_other() -> None:
    with Dialogue(HELLO + (ASKED + TAKEN) * 3 + BYE) as server:
        client = a_client(server)
        outcomes = [client.send(ENVELOPE, MESSAGE) for _ in range(3)]
        client.close()
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)


def test_the_null_sender_goes_as_empty_brackets() -> None:
    script = HELLO + "C: MAIL FROM:<> SIZE=*\nC: RCPT TO:<*>\nC: DATA" + TAKEN + BYE
    with Dialogue(script) as server:
        client = a_client(server)
        assert isinstance(client.send(Envelope("", "ann@r.example"), MESSAGE), Accepted)
        client.close()


# --- A reader is refused -------------------------------------------------------------------------

REFUSED_WITH_354 = """
    S: 250 Ok
    S: 550 5.1.1 No such user
    S: 354 Go on, to nobody
    C: .
    S: 554 5.5.1 No valid recipients
"""
REFUSED = """
    S: 250 Ok
    S: 550 5.1.1 No such user
    S: 503 5.5.1 Need RCPT
"""
AFTER_RESET = """
    C: RSET
    C: MAIL FROM:<news@b.example> SIZE=*
    C: RCPT TO:<bob@r.example>
    C: DATA
    S: 250 Reset
"""


@pytest.mark.parametrize("refusal", [REFUSED, REFUSED_WITH_354])
def test_after_a_refused_reader_the_next_one_gets_their_copy(refusal: str) -> None:
    with Dialogue(HELLO + ASKED + refusal + AFTER_RESET + TAKEN + BYE) as server:
        client = a_client(server)
        first = client.send(ENVELOPE, MESSAGE)
        second = client.send(OTHER, MESSAGE)
        client.close()
    assert first == Rejected(Reply(550, "No such user", "5.1.1"), Stage.RCPT, is_hard=True)
    assert isinstance(second, Accepted)
    assert server.texts == [MESSAGE + b".\r\n"]


def test_an_empty_message_that_a_server_takes_for_nobody_is_not_a_delivery() -> None:
    script = REFUSED_WITH_354.replace("554 5.5.1 No valid recipients", "250 2.0.0 Ok")
    outcome = outcome_of_dialogue(HELLO + ASKED + script + BYE)
    assert isinstance(outcome, Rejected)


def test_a_deferred_reader_leaves_the_connection_usable_without_pipelining_too() -> None:
    with Dialogue(
        STEPWISE_HELLO
        + """
        C: MAIL FROM:<news@b.example>
        S: 250 Ok
        C: RCPT TO:<ann@r.example>
        S: 450 4.2.0 Greylisted
        C: RSET
        S: 250 Ok
        C: MAIL FROM:<news@b.example>
        S: 250 Ok
        C: RCPT TO:<bob@r.example>
        S: 250 Ok
        C: DATA
        S: 354 Go on
        C: (text)
        S: 250 Ok
        """
        + BYE
    ) as server:
        client = a_client(server)
        assert isinstance(client.send(ENVELOPE, MESSAGE), Deferred)
        assert isinstance(client.send(OTHER, MESSAGE), Accepted)
        client.close()


def test_a_refusal_stands_even_if_the_connection_is_lost_behind_it() -> None:
    outcome = outcome_of_dialogue(HELLO + ASKED + "S: 250 Ok\nS: 550 5.1.1 No such user\nS: (drop)")
    assert isinstance(outcome, Rejected)
    assert outcome.is_hard


def test_a_421_at_rcpt_slows_the_domain_and_the_next_message_takes_a_new_connection() -> None:
    with Dialogue(
        HELLO
        + ASKED
        + "S: 250 Ok\nS: 421 4.7.0 Slow down\nC: (end)\n---"
        + HELLO
        + ASKED
        + TAKEN
        + BYE
    ) as server:
        client = a_client(server)
        first = client.send(ENVELOPE, MESSAGE)
        second = client.send(OTHER, MESSAGE)
        client.close()
    assert first == Deferred(Reply(421, "Slow down", "4.7.0"), Stage.RCPT, slow_domain=True)
    assert isinstance(second, Accepted)


def test_a_server_that_wants_fewer_recipients_gets_a_new_connection() -> None:
    with Dialogue(
        HELLO
        + ASKED
        + "S: 250 Ok\nS: 452 4.5.3 Enough\nS: 503 No\nC: (end)\n---"
        + HELLO
        + ASKED
        + TAKEN
        + BYE
    ) as server:
        client = a_client(server)
        assert isinstance(client.send(ENVELOPE, MESSAGE), Deferred)
        assert isinstance(client.send(OTHER, MESSAGE), Accepted)
        client.close()


def test_a_refusal_after_the_dot_means_that_the_message_was_not_taken() -> None:
    with Dialogue(
        HELLO
        + ASKED
        + "S: 250 Ok\nS: 250 Ok\nS: 354 Go on\nC: (text)\nS: 554 5.7.1 Spam"
        + ASKED
        + TAKEN
        + BYE
    ) as server:
        client = a_client(server)
        assert client.send(ENVELOPE, MESSAGE) == Rejected(Reply(554, "Spam", "5.7.1"), Stage.DOT)
        assert isinstance(client.send(OTHER, MESSAGE), Accepted)
        client.close()


def test_data_refused_after_the_reader_was_taken_is_judged_as_such() -> None:
    outcome = outcome_of_dialogue(
        HELLO + ASKED + "S: 250 Ok\nS: 250 Ok\nS: 451 4.3.0 Not now" + BYE
    )
    assert outcome == Deferred(Reply(451, "Not now", "4.3.0"), Stage.DATA)


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

UP_TO_THE_DOT = HELLO + ASKED + "S: 250 Ok\nS: 250 Ok\nS: 354 Go on\n"


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


def test_a_server_that_turns_away_before_the_dot_is_noticed_before_the_dot() -> None:
    script = UP_TO_THE_DOT.rstrip() + r"\r\n421 4.3.2 Shutting down" + "\nC: (text without dot)"
    outcome = outcome_of_dialogue(script)
    assert outcome == Deferred(Reply(421, "Shutting down", "4.3.2"), Stage.DATA, slow_domain=True)


# --- What is not even tried ----------------------------------------------------------------------


def test_a_message_bigger_than_the_relay_takes_is_not_sent() -> None:
    with Dialogue(HELLO + BYE) as server:
        client = a_client(server)
        outcome = client.send(ENVELOPE, MESSAGE + b"x" * 1000 + b"\r\n")
        client.close()
    assert isinstance(outcome, Rejected)
    assert outcome.is_message_fault
    assert "1000" in outcome.reply.text


@pytest.mark.parametrize(
    "message", [b"A: b\n\nText\r\n", b"A: b\r\n\r\nText\r.\r\n", b"A: b\r\n\r\n\n.\nMAIL\r\n"]
)
def test_a_message_with_bare_line_ends_is_not_sent(message: bytes) -> None:
    with Dialogue(HELLO + BYE) as server:
        client = a_client(server)
        outcome = client.send(ENVELOPE, message)
        client.close()
    assert isinstance(outcome, Rejected)
    assert outcome.is_message_fault


@pytest.mark.parametrize(
    "recipient",
    [
        "a@b.example>\r\nRCPT TO:<c@d.example",
        "a@b.example\nDATA",
        "a b@c.example",
        "<a@b.example>",
        "nobody",
        "@b.example",
        "a@",
        "",
        "a" * 300 + "@b.example",
    ],
)
def test_what_could_break_out_of_the_command_never_reaches_the_wire(recipient: str) -> None:
    with Dialogue(HELLO + BYE) as server:
        client = a_client(server)
        outcome = client.send(Envelope("news@b.example", recipient), MESSAGE)
        client.close()
    assert isinstance(outcome, Rejected)
    assert not outcome.is_hard


def test_a_sender_that_is_no_address_is_our_trouble() -> None:
    with Dialogue(HELLO + BYE) as server:
        client = a_client(server)
        assert isinstance(client.send(Envelope("news b@c", "a@b.example"), MESSAGE), RelayTrouble)
        client.close()


# --- Letters beyond ASCII ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("domain", "on_the_wire"),
    [
        ("bücher.example", "xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("R.Example", "r.example"),
    ],
)
def test_domains_go_out_as_a_labels(domain: str, on_the_wire: str) -> None:
    script = (
        STEPWISE_HELLO
        + f"""
        C: MAIL FROM:<news@{on_the_wire}>
        S: 250 Ok
        C: RCPT TO:<Ann@{on_the_wire}>
        S: 450 Later
        """
        + BYE
    )
    with Dialogue(script) as server:
        client = a_client(server)
        client.send(Envelope(f"news@{domain}", f"Ann@{domain}"), MESSAGE)
        client.close()


def test_smtputf8_is_asked_for_where_a_local_part_needs_it_and_nowhere_else() -> None:
    hello = HELLO.replace("250 PIPELINING", "250-PIPELINING\n    S: 250 SMTPUTF8")
    needs = "C: MAIL FROM:<news@b.example> SIZE=* SMTPUTF8\nC: RCPT TO:<jörg@*>\nC: DATA"
    needs_not = f"C: MAIL FROM:<news@b.example> SIZE={len(MESSAGE)}\nC: RCPT TO:<ann@*>\nC: DATA"
    with Dialogue(hello + needs + TAKEN + needs_not + TAKEN + BYE) as server:
        client = a_client(server)
        outcome = client.send(Envelope("news@b.example", "jörg@bücher.example"), MESSAGE)
        assert isinstance(outcome, Accepted)
        assert isinstance(client.send(ENVELOPE, MESSAGE), Accepted)
        client.close()


def test_a_local_part_that_the_relay_cannot_spell_is_refused_here() -> None:
    with Dialogue(HELLO + BYE) as server:
        client = a_client(server)
        outcome = client.send(Envelope("news@b.example", "jörg@r.example"), MESSAGE)
        client.close()
    assert isinstance(outcome, Rejected)
    assert (outcome.reply.enhanced, outcome.is_hard) == ("5.6.7", False)


def test_a_message_with_8_bit_bytes_says_so() -> None:
    hello = HELLO.replace("250 PIPELINING", "250-PIPELINING\n    S: 250 8BITMIME")
    script = "C: MAIL FROM:<news@b.example> SIZE=* BODY=8BITMIME\nC: RCPT TO:<*>\nC: DATA"
    with Dialogue(hello + script + TAKEN + BYE) as server:
        client = a_client(server)
        assert isinstance(client.send(ENVELOPE, "A: é\r\n\r\n".encode()), Accepted)
        client.close()
