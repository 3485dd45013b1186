"""What goes over the wire as what, and what never goes."""

from __future__ import annotations

import pytest

from newsletter.domain.delivery.outcomes import Accepted, Rejected, RelayTrouble, Unsendable
from newsletter.mail.envelope import Envelope
from tests.support.smtp.dialogue import Dialogue
from tests.support.smtp.scripts import (
    BYE,
    ENVELOPE,
    HELLO,
    MESSAGE,
    STEPWISE_HELLO,
    TAKEN,
    a_client,
)

# --- What is not even tried ----------------------------------------------------------------------


def test_a_message_bigger_than_the_relay_takes_is_not_sent() -> None:
    with Dialogue(HELLO + BYE) as server:
        client = a_client(server)
        outcome = client.send(ENVELOPE, MESSAGE + b"x" * 1000 + b"\r\n")
        client.close()
    assert isinstance(outcome, Rejected)
    assert outcome.verdict.pauses_issue
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
    assert outcome.verdict.pauses_issue


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
def test_text_that_could_break_out_of_the_command_never_reaches_the_wire(recipient: str) -> None:
    with Dialogue(HELLO + BYE) as server:
        client = a_client(server)
        outcome = client.send(Envelope("news@b.example", recipient), MESSAGE)
        client.close()
    assert isinstance(outcome, Unsendable)


def test_a_sender_that_is_not_an_address_is_our_trouble() -> None:
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
    assert (outcome.reply.enhanced, outcome.verdict.suppresses) == ("5.6.7", False)


def test_a_message_with_8_bit_bytes_says_so() -> None:
    hello = HELLO.replace("250 PIPELINING", "250-PIPELINING\n    S: 250 8BITMIME")
    script = "C: MAIL FROM:<news@b.example> SIZE=* BODY=8BITMIME\nC: RCPT TO:<*>\nC: DATA"
    with Dialogue(hello + script + TAKEN + BYE) as server:
        client = a_client(server)
        assert isinstance(client.send(ENVELOPE, "A: é\r\n\r\n".encode()), Accepted)
        client.close()
