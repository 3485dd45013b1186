"""Copies that came back because of us: whose trouble it is, and how many make it one."""

from __future__ import annotations

import pytest

from newsletter.domain.feedback.blocks import Trouble, advice_on, is_many, trouble_of, words_of
from newsletter.domain.feedback.verdicts import Feedback, FeedbackVerdict


def blocked(status: str, said: str, reason: str = "", reply: str = "550") -> Feedback:
    return Feedback("", FeedbackVerdict.BLOCKED, status, reply, said, reason)


@pytest.mark.parametrize(
    ("feedback", "trouble"),
    [
        (blocked("5.7.1", "550 5.7.1 looks like spam", "spam"), Trouble.DOMAIN),
        (blocked("5.7.1", "550 5.7.1 rejected by local policy", "policy"), Trouble.DOMAIN),
        (blocked("5.7.26", "550-5.7.26 unauthenticated email", ""), Trouble.ISSUE),
        (blocked("5.7.515", "550 5.7.515 Access denied, sending domain", ""), Trouble.ISSUE),
        (blocked("5.7.1", "554 5.7.1 blocked using zen.spamhaus.org", "listed"), Trouble.ISSUE),
        (blocked("5.3.4", "552 5.3.4 message too big", "message-too-big"), Trouble.ISSUE),
        (blocked("5.4.5", "550 5.4.5 Daily user sending limit exceeded", ""), Trouble.RELAY),
        (blocked("", "you have exceeded your hourly quota", "", ""), Trouble.RELAY),
    ],
)
def test_whose_trouble_it_is(feedback: Feedback, trouble: Trouble) -> None:
    assert trouble_of(feedback) is trouble
    assert advice_on(feedback).endswith(".")


@pytest.mark.parametrize(
    ("count", "sent", "many"),
    [(9, 9, False), (10, 50, True), (10, 51, False), (200, 1000, True), (10, 0, True)],
)
def test_ten_of_fifty_pause_a_domain_as_they_do_while_sending(
    count: int, sent: int, *, many: bool
) -> None:
    assert is_many(count, sent) is many


def test_the_words_of_the_other_side_are_told_once() -> None:
    assert words_of(blocked("5.7.1", "550 5.7.1 no", "")) == "550 5.7.1 no"
    assert words_of(blocked("5.7.1", "no thanks")) == "550 5.7.1 no thanks"
    assert words_of(Feedback("", FeedbackVerdict.HARD)) == "hard"
