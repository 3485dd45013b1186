"""How far ahead of its replies a relay may be spoken to is learned from what it answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsletter.domain.delivery.outcomes import Accepted, Outcome, Rejected, RelayTrouble, Uncertain
from newsletter.domain.delivery.pipelining import (
    TRY_AGAIN_AFTER,
    Learned,
    Pipelining,
    is_about_order,
)
from newsletter.domain.delivery.smtp_replies import Reply, Stage
from newsletter.mail.envelope import Envelope
from newsletter.mail.smtp.learner import Learner
from newsletter.mail.smtp.steps import Session
from newsletter.mail.smtp.timeouts import Timeouts
from tests.support.smtp.certificates import an_authority
from tests.support.smtp.dialogue import Dialogue
from tests.support.smtp.scripts import (
    ASKED,
    BYE,
    HELLO,
    STEPWISE_HELLO,
    TAKEN,
    a_client,
)

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
SOON = Timeouts(pipelined=timedelta(seconds=2))
"""For scripts that hang. Shorter, and a busy machine would be taken for a relay that is silent."""

STEPS = """
    C: MAIL FROM:<news@b.example>*
    S: 250 Ok
    C: RCPT TO:<*@r.example>
    S: 250 Ok
    C: DATA
    S: 354 Go on
    C: (text)
    S: 250 Ok
"""
GO_ON = """
    S: 250 Ok
    S: 250 Ok
    S: 354 Go on
"""
BEHIND_DOT = "C: (text)\n" + ASKED + "S: 250 Ok: queued\n"
LAST = "C: (text)\nS: 250 Ok: queued\n"
NEXT_CONNECTION = "---\n" + HELLO
ONE_BY_ONE = ASKED + TAKEN
"""The commands together, but nothing behind the dot."""
HARAKA = "S: 503 Bad sequence of commands - pipelined after end of DATA\n"


def readers(count: int) -> list[Envelope]:
    return [Envelope("news@b.example", f"reader{number}@r.example") for number in range(count)]


def outcomes_of(
    script: str, count: int, timeouts: Timeouts | None = None, **relay: object
) -> list[Outcome]:
    timeouts = timeouts or (SOON if "(hang)" in script else Timeouts())
    with Dialogue(script) as server:
        client = a_client(server, timeouts, **{"pipelining": None, **relay})
        outcomes = client.send_all(readers(count))
        client.close()
    return outcomes


def are_accepted(outcomes: list[Outcome]) -> bool:
    return all(isinstance(outcome, Accepted) for outcome in outcomes)


# --- Learning -------------------------------------------------------------------------------------


def test_a_relay_is_served_one_step_at_a_time_then_commands_together_then_behind_the_dot() -> None:
    script = HELLO + STEPS + ASKED + GO_ON + BEHIND_DOT + GO_ON + BEHIND_DOT + GO_ON + LAST + BYE
    assert are_accepted(outcomes_of(script, 4))


def test_a_relay_that_does_not_offer_pipelining_is_served_one_step_at_a_time_for_ever() -> None:
    assert are_accepted(outcomes_of(STEPWISE_HELLO + STEPS * 4 + BYE, 4))


def test_what_was_learned_holds_for_the_next_connection() -> None:
    script = (
        HELLO + STEPS + ASKED + GO_ON + BEHIND_DOT + GO_ON + LAST + BYE
        + NEXT_CONNECTION + ASKED + GO_ON + BEHIND_DOT + GO_ON + LAST + BYE
    )  # fmt: skip
    assert are_accepted(outcomes_of(script, 5, per_connection=3))


def test_a_reader_who_is_refused_during_the_trial_says_nothing_about_pipelining() -> None:
    refused = "S: 250 Ok\nS: 550 5.1.1 No such user\nS: 503 5.5.1 Need RCPT\n"
    reset = "C: RSET\n" + ASKED + "S: 250 Ok\n"
    script = HELLO + STEPS + ASKED + refused + reset + GO_ON + BEHIND_DOT + GO_ON + LAST + BYE
    first, second, *others = outcomes_of(script, 4)
    assert second == Rejected(Reply(550, "No such user", "5.1.1"), Stage.RCPT)
    assert are_accepted([first, *others])


def test_a_relay_that_drops_only_data_is_noticed_when_a_reader_is_refused() -> None:
    refused = ASKED + "S: 250 Ok\nS: 550 5.1.1 No such user\nS: (hang)"
    first, second, *others = outcomes_of(
        HELLO + STEPS + refused + NEXT_CONNECTION + STEPS * 2 + BYE, 4
    )
    assert isinstance(second, Rejected)
    assert are_accepted([first, *others])


# --- Relays that don't take what follows the final dot --------------------------------------------

_TRIAL = HELLO + STEPS + ASKED + GO_ON + BEHIND_DOT
_ONE_STEP_BACK = NEXT_CONNECTION + ONE_BY_ONE * 3 + BYE


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(HARAKA * 3 + "C: (end)", id="Haraka 3.3 answers each command with a 503"),
        pytest.param("S: (hang)", id="chasquid 1.11 drops the commands"),
        pytest.param("S: 503 5.5.1 Bad sequence\nC: (end)", id="a 503"),
        pytest.param("S: 554 5.5.0 No pipelining\nC: (end)", id="a 554"),
        pytest.param("S: 554 Go away\nC: (end)", id="a plain 554"),
        pytest.param("S: 500 Out of sequence\nC: (end)", id="a 500"),
        pytest.param("S: 421 Pipelining is not allowed\nC: (end)", id="a 421 that says so"),
        pytest.param("S: 421 Goodbye\nC: (end)", id="a 421 that does not"),
        pytest.param("S: (drop)", id="closes the connection"),
        pytest.param("S: (reset)", id="resets the connection"),
        pytest.param("S: 250 Ok\nS: (hang)", id="drops all but the first command"),
        pytest.param("S: 250 Ok\nS: 503 Need RCPT\nC: (end)", id="drops RCPT"),
        pytest.param("S: 503 Need MAIL\nS: 503 Need RCPT\nC: (end)", id="drops MAIL"),
    ],
)
def test_after_a_step_back_each_message_is_taken_and_nobody_is_uncertain(answer: str) -> None:
    assert are_accepted(outcomes_of(_TRIAL + answer + _ONE_STEP_BACK, 5))


def test_a_relay_that_answers_the_dot_itself_with_a_503_has_not_taken_the_message() -> None:
    refusal = "C: (text)\n" + ASKED + "S: 503 5.5.1 Improper use of pipelining\nC: (end)"
    script = HELLO + STEPS + ASKED + GO_ON + refusal + NEXT_CONNECTION + ONE_BY_ONE * 3 + BYE
    assert are_accepted(outcomes_of(script, 4))


def test_a_relay_that_closes_without_answering_the_dot_leaves_that_one_message_uncertain() -> None:
    closing = "C: (text)\n" + ASKED + "S: (drop)"
    script = HELLO + STEPS + ASKED + GO_ON + closing + NEXT_CONNECTION + ONE_BY_ONE * 3 + BYE
    first, second, *others = outcomes_of(script, 5)
    assert isinstance(second, Uncertain), "the relay may have taken it before it closed"
    assert are_accepted([first, *others])


def test_over_tls_it_is_the_same(tmp_path: Path) -> None:
    authority = an_authority(tmp_path)
    script = "S: (tls)\n" + _TRIAL + "S: (hang)" + _ONE_STEP_BACK.replace("---", "---\nS: (tls)")
    with Dialogue(script, authority.server_tls()) as server:
        client = a_client(
            server,
            SOON,
            implicit_tls=True,
            ca_file=str(authority.ca_file),
            pipelining=None,
        )
        outcomes = client.send_all(readers(5))
        client.close()
    assert are_accepted(outcomes)


# --- Relays that break pipelining altogether ------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("S: 250 Ok\nS: (hang)", id="discards what came with MAIL"),
        pytest.param("S: (hang)", id="discards everything"),
        pytest.param("S: 250 Ok\nS: 503 Bad sequence\nC: (end)", id="a 503 at RCPT"),
        pytest.param("S: 503 Bad sequence\nC: (end)", id="a 503 at MAIL"),
        pytest.param("S: 554 Protocol error\nC: (end)", id="a 554 at MAIL"),
        pytest.param("S: 250 Ok\nS: 554 5.5.0 Error\nC: (end)", id="a 554 at RCPT"),
        pytest.param("S: 250 Ok\nS: 250 Ok\nS: 554 Error\nC: (end)", id="a 554 at DATA"),
        pytest.param("S: 554 SMTP synchronization error\nS: (drop)", id="Exim's words"),
        pytest.param("S: 250 Ok\nS: 354 Go on\nC: (end)", id="a reply too few"),
        pytest.param("S: 250 Ok\nS: (drop)", id="closes after MAIL"),
    ],
)
def test_they_are_served_one_step_at_a_time(answer: str) -> None:
    script = HELLO + STEPS + ASKED + answer + NEXT_CONNECTION + STEPS * 3 + BYE
    assert are_accepted(outcomes_of(script, 4))


def test_one_that_closes_at_once_is_tried_on_a_fresh_connection_too() -> None:
    """A kept connection may have been lost before: that alone says nothing."""
    closing = ASKED + "S: (drop)\n"
    script = HELLO + STEPS + closing + (NEXT_CONNECTION + closing) + NEXT_CONNECTION + STEPS + BYE
    assert are_accepted(outcomes_of(script, 2))


def test_a_relay_that_says_503_one_step_at_a_time_is_in_trouble() -> None:
    script = HELLO + "C: MAIL FROM:<*>*\nS: 503 5.5.1 Log in first\nC: (end)"
    (outcome,) = outcomes_of(script, 1)
    assert isinstance(outcome, RelayTrouble)


def test_a_refused_sender_is_judged_one_step_at_a_time() -> None:
    refusal = "S: 550 5.7.1 Not from you\nC: (end)"
    stepwise = NEXT_CONNECTION + "C: MAIL FROM:<*>*\n" + refusal
    first, second = outcomes_of(HELLO + STEPS + ASKED + refusal + stepwise, 2)
    assert isinstance(first, Accepted)
    assert isinstance(second, RelayTrouble)


# --- A relay that changes its mind ----------------------------------------------------------------


@pytest.mark.parametrize("answer", [HARAKA * 3 + "C: (end)", "S: (hang)"])
def test_a_relay_may_change_its_mind_after_a_hundred_messages(answer: str) -> None:
    hundred = HELLO + STEPS + ASKED + GO_ON + (BEHIND_DOT + GO_ON) * 98 + BEHIND_DOT
    script = hundred + answer + NEXT_CONNECTION + ONE_BY_ONE * 3 + BYE
    assert are_accepted(outcomes_of(script, 103))


def test_it_may_change_its_mind_about_commands_sent_together() -> None:
    steps_back = (
        BEHIND_DOT + HARAKA * 3 + "C: (end)"
        + NEXT_CONNECTION + ONE_BY_ONE + ASKED + "S: 250 Ok\nS: 503 Bad sequence\nC: (end)"
        + NEXT_CONNECTION + STEPS * 2 + BYE
    )  # fmt: skip
    script = HELLO + STEPS + ASKED + GO_ON + BEHIND_DOT + GO_ON + steps_back
    assert are_accepted(outcomes_of(script, 6))


def test_a_level_that_was_refused_is_tried_again_the_next_day() -> None:
    learned = Learned(Pipelining.COMMANDS).after_refusal(Pipelining.FULL, "503", NOW)
    assert learned.next_to_try(NOW + TRY_AGAIN_AFTER - timedelta(seconds=1)) is None
    assert learned.next_to_try(NOW + TRY_AGAIN_AFTER) is Pipelining.FULL
    assert learned.after_success(Pipelining.FULL) == Learned(Pipelining.FULL)


def test_a_refusal_from_the_future_was_noted_before_the_clock_was_set_back() -> None:
    learned = Learned(Pipelining.COMMANDS).after_refusal(Pipelining.FULL, "503", NOW)
    assert learned.next_to_try(NOW - timedelta(days=300)) is Pipelining.FULL


def test_each_step_back_is_one_level_and_the_lowest_refusal_counts() -> None:
    learned = Learned(Pipelining.FULL).after_refusal(Pipelining.FULL, "503", NOW)
    assert (learned.proven, learned.refused) == (Pipelining.COMMANDS, Pipelining.FULL)
    learned = learned.after_refusal(Pipelining.COMMANDS, "554", NOW)
    assert (learned.proven, learned.refused, learned.reason) == (
        Pipelining.OFF, Pipelining.COMMANDS, "554",
    )  # fmt: skip
    assert learned.after_refusal(Pipelining.FULL, "late", NOW) == learned
    assert learned.next_to_try(NOW) is None


# --- Many connections -----------------------------------------------------------------------------


def test_one_connection_tries_and_the_others_go_on_as_before() -> None:
    learner = Learner(learned=Learned(Pipelining.COMMANDS))
    trying, other = Session(), Session()
    assert learner.level_for(trying) is Pipelining.FULL
    assert learner.level_for(other) is Pipelining.COMMANDS
    learner.leave(trying)
    assert learner.level_for(other) is Pipelining.FULL
    learner.succeeded(other, Pipelining.FULL)
    assert learner.level_for(trying) is Pipelining.FULL


def test_what_began_before_the_step_back_does_not_undo_it() -> None:
    learner = Learner(learned=Learned(Pipelining.FULL))
    assert learner.refused(object(), Pipelining.FULL, "503")
    learner.succeeded(object(), Pipelining.FULL)
    assert learner.learned.proven is Pipelining.COMMANDS


def test_at_a_proven_level_only_the_first_reply_behind_the_dot_must_come_soon() -> None:
    """A relay that looks up a recipient's domain may need longer than ten seconds."""
    trial, proven = Learner(), Learner(learned=Learned(Pipelining.FULL))
    assert trial.hurried_at(Pipelining.COMMANDS) >= {Stage.MAIL, Stage.RCPT, Stage.DATA}
    assert trial.hurried_at(Pipelining.OFF) == frozenset()
    assert proven.hurried_at(Pipelining.COMMANDS) == frozenset()
    assert proven.hurried_at(Pipelining.FULL) == {Stage.MAIL}


# --- Set by the operator --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "script"),
    [
        (Pipelining.OFF, HELLO + STEPS * 4 + BYE),
        (Pipelining.COMMANDS, HELLO + ONE_BY_ONE * 4 + BYE),
        (Pipelining.FULL, HELLO + ASKED + GO_ON + (BEHIND_DOT + GO_ON) * 3 + LAST + BYE),
    ],
)
def test_a_setting_holds_from_the_first_message_on(setting: Pipelining, script: str) -> None:
    assert are_accepted(outcomes_of(script, 4, pipelining=setting))


def test_with_a_setting_no_step_is_taken_back() -> None:
    learner = Learner(Pipelining.FULL)
    assert not learner.refused(object(), Pipelining.FULL, "503")
    assert learner.hurried_at(Pipelining.FULL) == frozenset()
    assert learner.level_for(object()) is Pipelining.FULL


# --- What a reply says ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "stage", "at_a_proven_level", "on_trial"),
    [
        (Reply(503, "Bad sequence of commands"), Stage.MAIL, True, True),
        (Reply(503, "Need RCPT", "5.5.1"), Stage.DATA, True, True),
        (Reply(503, "Improper use of SMTP command pipelining", "5.5.0"), Stage.DOT, True, True),
        (Reply(554, "SMTP synchronization error"), Stage.MAIL, True, True),
        (Reply(421, "Improper command pipelining"), Stage.MAIL, True, True),
        (Reply(554, "Error"), Stage.RCPT, False, True),
        (Reply(554, "Error", "5.5.0"), Stage.DATA, False, True),
        (Reply(550, "Not from you", "5.7.1"), Stage.MAIL, False, True),
        (Reply(421, "Too many messages"), Stage.MAIL, False, True),
        (Reply(250, "Ok"), Stage.DATA, False, True),
        (Reply(554, "Spam", "5.7.1"), Stage.RCPT, False, False),
        (Reply(554, "Spam", "5.7.1"), Stage.DOT, False, False),
        (Reply(550, "No such user", "5.1.1"), Stage.RCPT, False, False),
        (Reply(452, "Too many recipients", "4.5.3"), Stage.RCPT, False, False),
        (Reply(450, "Greylisted", "4.2.0"), Stage.MAIL, False, False),
        (Reply(250, "Ok"), Stage.DOT, False, False),
        (Reply(421, "Too busy", "4.3.2"), Stage.DOT, False, False),
    ],
    ids=str,
)
def test_a_reply_is_about_the_order_of_commands_or_about_what_they_ask(
    reply: Reply, stage: Stage, *, at_a_proven_level: bool, on_trial: bool
) -> None:
    full = Pipelining.FULL
    assert is_about_order(reply, stage, full, on_trial=False) is at_a_proven_level
    assert is_about_order(reply, stage, full, on_trial=True) is on_trial
