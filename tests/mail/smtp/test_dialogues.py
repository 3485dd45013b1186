"""The client on the wire: what it says, what it makes of the answers, and what it does next."""

from __future__ import annotations

import pytest

from newsletter.domain.delivery.outcomes import Accepted, Deferred, Rejected, Throttled
from newsletter.domain.delivery.smtp_replies import Reply, Stage
from newsletter.mail.envelope import Envelope
from tests.support.smtp.dialogue import Dialogue
from tests.support.smtp.scripts import (
    AFTER_RESET,
    ASKED,
    BYE,
    ENVELOPE,
    HELLO,
    MESSAGE,
    OTHER,
    REFUSED,
    REFUSED_WITH_354,
    STEPWISE_HELLO,
    TAKEN,
    a_client,
    outcome_of_dialogue,
)

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


@pytest.mark.parametrize("refusal", [REFUSED, REFUSED_WITH_354])
def test_after_a_refused_reader_the_next_one_gets_their_copy(refusal: str) -> None:
    with Dialogue(HELLO + ASKED + refusal + AFTER_RESET + TAKEN + BYE) as server:
        client = a_client(server)
        first = client.send(ENVELOPE, MESSAGE)
        second = client.send(OTHER, MESSAGE)
        client.close()
    assert first == Rejected(Reply(550, "No such user", "5.1.1"), Stage.RCPT)
    assert isinstance(second, Accepted)
    assert server.texts == [MESSAGE + b".\r\n"]


def test_an_empty_message_without_a_recipient_is_not_a_delivery() -> None:
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


def test_a_refusal_counts_even_if_the_connection_is_lost_after_it() -> None:
    outcome = outcome_of_dialogue(HELLO + ASKED + "S: 250 Ok\nS: 550 5.1.1 No such user\nS: (drop)")
    assert isinstance(outcome, Rejected)
    assert outcome.verdict.suppresses


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
    assert first == Deferred(Reply(421, "Slow down", "4.7.0"), Stage.RCPT)
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
        assert isinstance(client.send(ENVELOPE, MESSAGE), Throttled)
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
    assert outcome == Throttled(Reply(451, "Not now", "4.3.0"), Stage.DATA)
