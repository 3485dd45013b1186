"""What a refusal means, line by line: the table that decides who is suppressed and who waits."""

import pytest

from newsletter.domain.deliveries import Accepted, Deferred, Rejected, RelayTrouble, Uncertain
from newsletter.domain.outcomes import closes_connection, outcome_of, queue_id_of
from newsletter.domain.smtp_replies import Reply, Stage


def a_reply(line: str) -> Reply:
    code, _, rest = line.partition(" ")
    first, _, text = rest.partition(" ")
    enhanced = first if first.count(".") == 2 and first.replace(".", "").isdigit() else ""
    return Reply(int(code), text if enhanced else rest, enhanced)


def judged(stage: Stage, line: str) -> str:
    outcome = outcome_of(stage, a_reply(line))
    kind = {
        Accepted: "accepted",
        Deferred: "deferred",
        Rejected: "failed",
        RelayTrouble: "relay trouble",
        Uncertain: "uncertain",
    }[type(outcome)]
    marks = {
        "slow_domain": "deferred, slow the domain",
        "is_hard": "hard",
        "is_message_fault": "message fault",
        "is_refused_login": "login refused",
    }
    return next((words for mark, words in marks.items() if getattr(outcome, mark, False)), kind)


@pytest.mark.parametrize("code", [550, 551, 553])
@pytest.mark.parametrize("enhanced", ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.4"])
def test_an_address_that_does_not_exist_is_hard(code: int, enhanced: str) -> None:
    assert judged(Stage.RCPT, f"{code} {enhanced} Whatever it says") == "hard"


@pytest.mark.parametrize(
    ("stage", "line", "meaning"),
    [
        # Hard at RCPT alone, and by the code rather than the words.
        (Stage.DOT, "550 5.1.1 User unknown", "failed"),
        (Stage.RCPT, "554 5.1.1 User unknown", "failed"),
        (Stage.RCPT, "550 User unknown", "failed"),
        (Stage.RCPT, "550 5.1.8 Sender address rejected: domain not found", "failed"),
        (Stage.RCPT, "556 5.1.10 Recipient address has null MX", "hard"),
        # Codes that servers use for several things: the text decides.
        (Stage.RCPT, "550 5.2.1 User unknown", "hard"),
        (Stage.RCPT, "550 5.2.1 The account is inactive", "failed"),
        (Stage.RCPT, "550 5.2.1 <a@b.example> Recipient address rejected", "hard"),
        (Stage.RCPT, "550 5.4.1 Recipient address rejected: Access denied.", "hard"),
        (Stage.RCPT, "550 5.4.1 [a@b.example]: Recipient address rejected", "hard"),
        (Stage.RCPT, "550 5.4.1 No such user here", "hard"),
        (Stage.RCPT, "550 5.4.1 All connections refused", "failed"),
        # Full mailboxes are soft.
        (Stage.RCPT, "550 5.2.2 Mailbox full", "failed"),
        (Stage.RCPT, "552 5.2.2 Over quota", "failed"),
        (Stage.RCPT, "552 Requested mail action aborted: exceeded storage", "failed"),
        (Stage.DOT, "552 5.2.2 Over quota", "failed"),
        (Stage.RCPT, "452 4.2.2 Mailbox full", "deferred"),
        (Stage.DOT, "450 4.2.2 Mailbox full", "deferred"),
        # The relay's trouble with us.
        (Stage.CONNECT, "421 Too busy", "relay trouble"),
        (Stage.CONNECT, "554 No mail from you", "relay trouble"),
        (Stage.CONNECT, "450 Later", "relay trouble"),
        (Stage.EHLO, "421 4.3.2 Shutting down", "relay trouble"),
        (Stage.EHLO, "550 5.7.1 Bad HELO", "relay trouble"),
        (Stage.MAIL, "421 4.7.0 Too many messages", "relay trouble"),
        (Stage.MAIL, "550 5.7.1 Sender not allowed", "relay trouble"),
        (Stage.MAIL, "553 5.1.8 Sender domain does not exist", "relay trouble"),
        (Stage.MAIL, "550 5.1.1 Unknown sender", "relay trouble"),
        (Stage.TLS, "454 4.7.0 TLS not available", "relay trouble"),
        # Blocked: this delivery, never the address.
        (Stage.RCPT, "554 5.7.1 Blocked, see https://block.example", "failed"),
        (Stage.RCPT, "550 5.7.1 User unknown", "failed"),
        (Stage.DATA, "554 5.7.1 Spam", "failed"),
        (Stage.DOT, "550 5.7.26 Unauthenticated mail", "failed"),
        # The message is at fault, at any stage at which it is named.
        (Stage.MAIL, "552 5.3.4 Message too big", "message fault"),
        (Stage.MAIL, "552 Message size exceeds fixed limit", "message fault"),
        (Stage.RCPT, "552 5.3.4 Message too big for system", "message fault"),
        (Stage.DOT, "552 5.3.4 Message too big", "message fault"),
        (Stage.DOT, "552 Error: message size exceeds limit", "message fault"),
        (Stage.DOT, "554 5.6.0 Malformed", "message fault"),
        (Stage.DATA, "550 5.6.1 Media not supported", "message fault"),
        (Stage.RCPT, "553 5.6.7 Non-ASCII address not supported", "failed"),
        # Slow the recipient domain down.
        (Stage.RCPT, "421 Too many connections", "deferred, slow the domain"),
        (Stage.DATA, "421 4.3.2 Shutting down", "deferred, slow the domain"),
        (Stage.DOT, "421 4.7.28 Unusual rate", "deferred, slow the domain"),
        (Stage.RCPT, "450 4.7.1 Policy", "deferred, slow the domain"),
        (Stage.DOT, "451 4.7.650 Throttled", "deferred, slow the domain"),
        # Try this one again later.
        (Stage.RCPT, "450 Mailbox busy", "deferred"),
        (Stage.RCPT, "451 4.3.0 Local error", "deferred"),
        (Stage.RCPT, "450 4.2.1 Over rate for this mailbox", "deferred"),
        (Stage.RCPT, "450 4.2.0 Greylisted", "deferred"),
        (Stage.RCPT, "451 4.7.1 Greylisting in action, come back later", "deferred"),
        (Stage.RCPT, "451 4.7.1 Please try again (grey-listed)", "deferred"),
        (Stage.RCPT, "452 4.5.3 Too many recipients", "deferred"),
        (Stage.MAIL, "451 4.3.0 Try again", "deferred"),
        (Stage.MAIL, "452 4.3.1 Insufficient storage", "deferred"),
        (Stage.DOT, "451 Local error in processing", "deferred"),
        # Our configuration.
        (Stage.AUTH, "535 5.7.8 Bad credentials", "login refused"),
        (Stage.AUTH, "534 5.7.9 Stronger mechanism needed", "login refused"),
        (Stage.AUTH, "501 5.5.2 Bad base64", "login refused"),
        (Stage.AUTH, "504 5.5.4 Unrecognised mechanism", "login refused"),
        (Stage.AUTH, "454 4.7.0 Temporary failure", "relay trouble"),
        (Stage.MAIL, "530 5.7.0 Must log in first", "login refused"),
        (Stage.RCPT, "530 5.7.1 Authentication required", "login refused"),
        # Anything else.
        (Stage.RCPT, "550 Rejected", "failed"),
        (Stage.RCPT, "571 Delivery not authorised", "failed"),
        (Stage.DATA, "554 No valid recipients", "failed"),
        (Stage.DOT, "554 5.0.0 Transaction failed", "failed"),
        (Stage.RCPT, "400 ?", "deferred"),
        # Out of place.
        (Stage.RCPT, "354 Go on", "relay trouble"),
        (Stage.DATA, "250 Ok", "relay trouble"),
        (Stage.DOT, "354 Go on", "uncertain"),
        (Stage.DOT, "250 2.0.0 Ok", "accepted"),
    ],
)
def test_a_reply_means_what_the_table_says(stage: Stage, line: str, meaning: str) -> None:
    assert judged(stage, line) == meaning


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("first_digit", [2, 3, 4, 5])
def test_every_reply_at_every_stage_means_something(stage: Stage, first_digit: int) -> None:
    assert outcome_of(stage, Reply(first_digit * 100 + 99, "", ""))


def test_an_outcome_keeps_the_reply_and_where_it_came() -> None:
    reply = Reply(450, "Busy", "4.2.0")
    assert outcome_of(Stage.RCPT, reply) == Deferred(reply, Stage.RCPT)


def test_trouble_with_the_relay_quotes_what_it_said() -> None:
    outcome = outcome_of(Stage.MAIL, Reply(550, "Sender not verified", "5.7.1"))
    assert isinstance(outcome, RelayTrouble)
    assert outcome.detail == "it refused the sender: 550 5.7.1 Sender not verified"


@pytest.mark.parametrize(
    ("text", "queue_id"),
    [
        ("Ok: queued as 4XyZ12abc", "4XyZ12abc"),
        ("OK id=1rMxyz-000abc-12", "1rMxyz-000abc-12"),
        ("5ABC1234 Message accepted for delivery", "5ABC1234"),
        ("Ok 0100018f0a1b2c3d-aaaa-bbbb-000000", "0100018f0a1b2c3d-aaaa-bbbb-000000"),
        ("OK  1700000000 d2e1a72fcca58-6c34.123 - gsmtp", "d2e1a72fcca58-6c34.123"),
        ("<20261122@host> [InternalId=123, Hostname=x] Queued mail for delivery", ""),
        ("Ok", ""),
        ("Thank you", ""),
    ],
)
def test_the_relays_queue_id_is_found_in_its_answer(text: str, queue_id: str) -> None:
    assert queue_id_of(Reply(250, text, "2.0.0")) == queue_id


@pytest.mark.parametrize(
    ("line", "closes"),
    [("421 Bye", True), ("452 4.5.3 Enough", True), ("452 4.2.2 Full", False), ("550 No", False)],
)
def test_some_replies_end_the_connection(line: str, closes: bool) -> None:  # noqa: FBT001
    assert closes_connection(a_reply(line)) is closes
