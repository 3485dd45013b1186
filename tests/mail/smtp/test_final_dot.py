"""What becomes of a message around its final dot, where an answer may never come."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pytest

from newsletter.domain.delivery.outcomes import (
    Accepted,
    Outcome,
    RelayTrouble,
    Throttled,
    Uncertain,
    Withheld,
)
from newsletter.domain.delivery.smtp_replies import Reply, Stage
from newsletter.mail.smtp.copies import Copy
from newsletter.mail.smtp.steps import (
    ConversationBroken,
    Drain,
    Idle,
    Listen,
    Receive,
    Send,
    Session,
    Step,
)
from newsletter.mail.smtp.timeouts import Timeouts
from newsletter.mail.smtp.transaction import BLOCK_BYTES, converse
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
    SHORT,
    TAKEN,
    UP_TO_THE_DOT,
    a_client,
    outcome_of_dialogue,
)


@pytest.mark.parametrize(
    "ending", ["S: (drop)", "S: (reset)", "S: gibberish", "S: 354 Go on", "S: 25"]
)
def test_without_a_reply_to_the_dot_the_outcome_is_uncertain(ending: str) -> None:
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
    assert server.texts == [b"", MESSAGE + b".\r\n"]


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
    assert outcome == Throttled(Reply(421, "Shutting down", "4.3.2"), Stage.DATA)


@dataclass
class Script:
    """Answers the steps of a conversation and records their order and the calls to the source."""

    replies: list[Reply]
    breaks_at: type[Step] | None = None
    order: list[object] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    left: int = 1

    @property
    def waiting(self) -> int:
        return self.left

    def take(self) -> Copy | None:
        self.left -= 1
        return Copy(ENVELOPE, self.message, self) if self.left >= 0 else None

    def may_finish(self, copy: Copy) -> bool:
        self.order.append("asked")
        return True

    def before_dot(self, copy: Copy) -> bool:
        self.order.append("written down")
        return True

    def resumes(self, copy: Copy) -> bool:
        return True

    def give_back(self, copy: Copy) -> None:
        self.order.append("given back")

    def done(self, copy: Copy, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def refuse(self, trouble: RelayTrouble) -> None: ...

    def play(self, session: Session, message: bytes = MESSAGE) -> None:
        self.message = message
        conversation = converse(session, self)
        step: Step = next(conversation)
        while not isinstance(step, Idle):
            self.order.append(step.data if isinstance(step, Send) else type(step))
            if type(step) is self.breaks_at:
                conversation.throw(ConversationBroken("it closed the connection"))
            else:
                step = conversation.send(self.replies.pop(0) if isinstance(step, Receive) else None)


OK, GO_ON = Reply(250, ""), Reply(354, "")
PIPELINED = {"PIPELINING": ""}


def test_a_connection_lost_while_a_long_text_goes_out_has_handed_nothing_over() -> None:
    script = Script([OK, OK, GO_ON], breaks_at=Drain)
    with pytest.raises(StopIteration):
        script.play(Session())
    assert script.outcomes == [RelayTrouble(Stage.DATA, "it closed the connection", is_loss=True)]
    assert "asked" not in script.order


def test_without_pipelining_only_the_dot_follows_the_journal_entry() -> None:
    script = Script([OK, OK, GO_ON, OK])
    script.play(Session())
    assert script.order[-7:] == [
        MESSAGE, Drain, Listen, "asked", "written down", b".\r\n", Receive,
    ]  # fmt: skip


def test_with_pipelining_text_dot_and_the_next_commands_are_one_write() -> None:
    script = Script([OK, OK, GO_ON, OK, OK, OK, GO_ON, OK], left=2)
    script.play(Session(dict(PIPELINED)))
    commands = b"MAIL FROM:<news@b.example>\r\nRCPT TO:<ann@r.example>\r\nDATA\r\n"
    first = [commands, *[Receive] * 3, Listen, "asked", "written down"]
    second = [MESSAGE + b".\r\n" + commands, *[Receive] * 4, Listen, "asked", "written down"]
    assert script.order == [*first, *second, MESSAGE + b".\r\n", Receive]
    assert all(isinstance(outcome, Accepted) for outcome in script.outcomes)


def test_the_message_begun_behind_a_dot_whose_answer_is_lost_is_given_back() -> None:
    script = Script([OK, OK, GO_ON], left=2)
    conversation = converse(Session(dict(PIPELINED)), script)
    script.message = MESSAGE
    step = next(conversation)
    while not (isinstance(step, Receive) and step.stage is Stage.DOT):
        step = conversation.send(script.replies.pop(0) if isinstance(step, Receive) else None)
    with pytest.raises(StopIteration):
        conversation.throw(ConversationBroken("it closed the connection"))
    assert [type(outcome) for outcome in script.outcomes] == [Uncertain]
    assert script.order[-1] == "given back"


def test_a_text_of_megabytes_goes_out_in_blocks_and_its_dot_last() -> None:
    text = b"Subject: Big\r\n\r\n" + b"x" * 998 + b"\r\n" * 400_000
    script = Script([OK, OK, GO_ON, OK])
    script.play(Session(dict(PIPELINED)), text)
    blocks = [step for step in script.order if isinstance(step, bytes)]
    assert b"".join(blocks[1:-1]) == text
    assert blocks[-1] == b".\r\n"
    assert max(map(len, blocks)) <= BLOCK_BYTES
