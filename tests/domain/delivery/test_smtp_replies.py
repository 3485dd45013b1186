"""What a reply means, line by line: the table that decides who is suppressed and who waits."""

import pytest

from newsletter.domain.delivery import smtp_replies
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.domain.delivery.outcomes import (
    Accepted,
    Deferred,
    Rejected,
    RelayTrouble,
    Uncertain,
    outcome_of,
)
from newsletter.domain.delivery.smtp_replies import RULES, Cause, Reply, Stage, Verdict, judge


def a_reply(line: str) -> Reply:
    code, _, rest = line.partition(" ")
    first, _, text = rest.partition(" ")
    enhanced = first if first.count(".") == 2 and first.replace(".", "").isdigit() else ""
    return Reply(int(code), text if enhanced else rest, enhanced)


def judged(stage: Stage, line: str) -> str:
    """The verdict's name in smtp_replies, in small letters."""
    verdict = judge(stage, a_reply(line))
    return next(
        name.lower().replace("_", " ")
        for name, value in vars(smtp_replies).items()
        if value is verdict
    )


@pytest.mark.parametrize("code", [550, 551, 553])
@pytest.mark.parametrize("enhanced", ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.4"])
def test_an_address_that_does_not_exist_is_hard(code: int, enhanced: str) -> None:
    assert judged(Stage.RCPT, f"{code} {enhanced} Whatever it says") == "unknown address"


@pytest.mark.parametrize(
    ("stage", "line", "meaning"),
    [
        # Hard at RCPT alone, and by the code rather than the words.
        (Stage.DOT, "550 5.1.1 User unknown", "rejected"),
        (Stage.RCPT, "554 5.1.1 User unknown", "rejected"),
        (Stage.RCPT, "550 5.1.8 Sender address rejected: domain not found", "not allowed"),
        (Stage.RCPT, "556 5.1.10 Recipient address has null MX", "unknown address"),
        # Codes that servers use for several things: the text decides.
        (Stage.RCPT, "550 5.2.1 User unknown", "unknown address"),
        (Stage.RCPT, "550 5.2.1 The account is inactive", "rejected"),
        (Stage.RCPT, "550 5.2.1 <a@b.example> Recipient address rejected", "unknown address"),
        (Stage.RCPT, "550 5.4.1 Recipient address rejected: Access denied.", "unknown address"),
        (Stage.RCPT, "550 5.4.1 [a@b.example]: Recipient address rejected", "unknown address"),
        (Stage.RCPT, "550 5.4.1 No such user here", "unknown address"),
        (Stage.RCPT, "550 5.4.1 All connections refused", "rejected"),
        # Full mailboxes are soft.
        (Stage.RCPT, "550 5.2.2 Mailbox full", "rejected"),
        (Stage.RCPT, "552 5.2.2 Over quota", "rejected"),
        (Stage.RCPT, "552 Requested mail action aborted: exceeded storage", "rejected"),
        (Stage.DOT, "552 5.2.2 Over quota", "rejected"),
        (Stage.RCPT, "452 4.2.2 Mailbox full", "retry"),
        (Stage.DOT, "450 4.2.2 Mailbox full", "retry"),
        # The relay's trouble with us.
        (Stage.CONNECT, "421 Too busy", "call refused"),
        (Stage.CONNECT, "554 No mail from you", "call refused"),
        (Stage.CONNECT, "450 Later", "call refused"),
        (Stage.EHLO, "421 4.3.2 Shutting down", "greeting refused"),
        (Stage.EHLO, "550 5.7.1 Bad HELO", "name refused"),
        (Stage.MAIL, "421 4.7.0 Too many messages", "relay busy"),
        (Stage.MAIL, "550 5.7.1 Sender not allowed", "sender refused"),
        (Stage.MAIL, "553 5.1.8 Sender domain does not exist", "sender refused"),
        (Stage.MAIL, "550 5.1.1 Unknown sender", "sender refused"),
        (Stage.TLS, "454 4.7.0 TLS not available", "tls refused"),
        # Blocked: this delivery, never the address.
        (Stage.RCPT, "554 5.7.1 Blocked, see https://block.example", "blocked"),
        (Stage.RCPT, "550 5.7.1 User unknown", "blocked"),
        (Stage.DATA, "554 5.7.1 Spam", "blocked"),
        # The message is at fault, at any stage at which it is named.
        (Stage.MAIL, "552 5.3.4 Message too big", "message refused"),
        (Stage.MAIL, "552 Message size exceeds fixed limit", "message refused"),
        (Stage.RCPT, "552 5.3.4 Message too big for system", "message refused"),
        (Stage.DOT, "552 5.3.4 Message too big", "message refused"),
        (Stage.DOT, "552 Error: message size exceeds limit", "message refused"),
        (Stage.DOT, "554 5.6.0 Malformed", "message refused"),
        (Stage.DATA, "550 5.6.1 Media not supported", "message refused"),
        (Stage.RCPT, "553 5.6.7 Non-ASCII address not supported", "rejected"),
        # Slow the recipient domain down.
        (Stage.DOT, "421 4.7.28 Unusual rate", "slow down"),
        (Stage.RCPT, "450 4.7.1 Policy", "slow down"),
        (Stage.DOT, "451 4.7.650 Throttled", "slow down"),
        # Try this one again later.
        (Stage.RCPT, "450 Mailbox busy", "retry"),
        (Stage.RCPT, "451 4.3.0 Local error", "retry"),
        (Stage.RCPT, "450 4.2.1 Over rate for this mailbox", "retry"),
        (Stage.RCPT, "450 4.2.0 Greylisted", "retry"),
        (Stage.RCPT, "451 4.7.1 Greylisting in action, come back later", "retry"),
        (Stage.RCPT, "451 4.7.1 Please try again (grey-listed)", "retry"),
        (Stage.DOT, "451 Local error in processing", "retry"),
        # Slow the relay down, whoever the mail is for.
        (Stage.MAIL, "451 4.3.0 Try again", "throttled"),
        (Stage.MAIL, "452 4.3.1 Insufficient storage", "throttled"),
        (Stage.MAIL, "450 4.7.1 Error: too much mail from 192.0.2.1", "throttled"),
        (Stage.MAIL, "454 4.7.0 Temporary authentication failure", "throttled"),
        (Stage.RCPT, "421 Too many connections", "throttled"),
        (Stage.RCPT, "421 4.3.2 Too busy", "throttled"),
        (Stage.RCPT, "452 4.3.1 Insufficient system storage", "throttled"),
        (Stage.RCPT, "450 4.3.2 Service currently unavailable", "throttled"),
        (Stage.RCPT, "452 4.5.3 Too many recipients", "throttled"),
        (Stage.DATA, "421 4.3.2 Shutting down", "throttled"),
        (Stage.DATA, "451 Please try again", "throttled"),
        (Stage.DATA, "451 4.3.0 Queue file write error", "throttled"),
        (Stage.DOT, "421 Service not available", "throttled"),
        (Stage.DOT, "454 Throttling failure: Maximum sending rate exceeded.", "throttled"),
        (Stage.DOT, "432 4.3.2 Concurrent connections limit exceeded", "throttled"),
        (Stage.DOT, "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", "throttled"),
        (Stage.DOT, "452 4.3.1 Mail system full", "throttled"),
        (Stage.MAIL, "450 4.2.0 Greylisted", "retry"),
        # It is about us: nobody else would fare better.
        (Stage.MAIL, "550 5.4.5 Daily user sending limit exceeded.", "not allowed"),
        (Stage.DOT, "550 5.4.5 Daily user sending limit exceeded.", "not allowed"),
        (Stage.DATA, "550 5.1.90 Your message can't be sent", "not allowed"),
        (Stage.DOT, "554 5.2.252 SendAsDenied; us@example.org not allowed", "not allowed"),
        (Stage.DOT, "550 5.7.60 SMTP; Client does not have permissions", "not allowed"),
        (Stage.RCPT, "550 5.7.60 Client has no permissions to send as this sender", "not allowed"),
        (
            Stage.DOT,
            "554 Message rejected: Email address is not verified. The following identities failed",
            "not allowed",
        ),
        (Stage.RCPT, "554 5.7.1 <a@b.example>: Relay access denied", "not allowed"),
        (Stage.RCPT, "550 relay not permitted", "not allowed"),
        (Stage.RCPT, "550 5.7.1 Unable to relay", "not allowed"),
        (
            Stage.RCPT,
            "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
            "not allowed",
        ),
        (Stage.RCPT, "550 5.7.1 <a@b.example>... Relaying denied", "not allowed"),
        (Stage.DOT, "550 5.7.515 Access denied, sending domain does not meet", "not allowed"),
        (Stage.DOT, "550 5.7.26 Unauthenticated mail", "not allowed"),
        (
            Stage.DOT,
            "550 5.7.1 Unauthenticated email from example.org is not accepted",
            "not allowed",
        ),
        (Stage.DOT, "550 5.7.1 Email rejected per DMARC policy for example.org", "not allowed"),
        (Stage.RCPT, "550 5.7.23 SPF validation failed", "not allowed"),
        (Stage.RCPT, "550 SPF check failed for example.org", "not allowed"),
        (Stage.RCPT, "550 5.7.1 Authentication required", "not allowed"),
        (
            Stage.RCPT,
            "554 5.7.57 Client was not authenticated to send anonymous mail",
            "not allowed",
        ),
        (
            Stage.RCPT,
            "553 5.7.1 <us@example.org>: Sender address rejected: not owned by user shop",
            "not allowed",
        ),
        (Stage.RCPT, "550 Sender verify failed: sender address does not exist", "not allowed"),
        (Stage.DOT, "550 You have exceeded your messaging limits", "not allowed"),
        (Stage.RCPT, "550 5.7.1 Your account has been suspended", "not allowed"),
        (Stage.DOT, "554 Sandbox subdomains are for test purposes only", "not allowed"),
        (Stage.RCPT, "552 5.2.2 Daily relay quota exceeded", "not allowed"),
        # The name in our EHLO, wherever it is said.
        (
            Stage.RCPT,
            "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
            "name refused",
        ),
        (Stage.RCPT, "550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)", "name refused"),
        (Stage.EHLO, "501 Syntactically invalid EHLO argument(s)", "name refused"),
        (
            Stage.MAIL,
            "450 4.7.1 <localhost>: Helo command rejected: Host not found",
            "name unknown",
        ),
        (
            Stage.RCPT,
            "450 4.7.1 <localhost>: Helo command rejected: Host not found",
            "name unknown",
        ),
        (
            Stage.RCPT,
            "450 4.1.8 <a@b.example>: Sender address rejected: Domain not found",
            "sender refused",
        ),
        # Dead by their text, where no code says more.
        (Stage.RCPT, "550 User unknown", "unknown address"),
        (Stage.RCPT, "550 No such user here", "unknown address"),
        (Stage.RCPT, "550 5.0.0 <a@b.example>... User unknown", "unknown address"),
        (Stage.RCPT, "553 5.3.0 <a@b.example>... No such user", "unknown address"),
        (
            Stage.RCPT,
            "550 5.5.0 Requested action not taken: mailbox unavailable",
            "unknown address",
        ),
        (
            Stage.RCPT,
            "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).",
            "unknown address",
        ),
        (Stage.RCPT, "552 1 Requested mail action aborted, mailbox not found", "unknown address"),
        (Stage.RCPT, "550 5.1.0 Address unknown", "unknown address"),
        (Stage.RCPT, "550 Unrouteable address", "unknown address"),
        (Stage.RCPT, "550 Mailbox not found", "unknown address"),
        (Stage.RCPT, "550 User not found: a@b.example", "unknown address"),
        (Stage.RCPT, "550 The account a@b.example is inactive", "unknown address"),
        (Stage.RCPT, "550 sorry, no mailbox here by that name (#5.1.1)", "unknown address"),
        (Stage.RCPT, "550 5.7.1 No such user!", "unknown address"),
        (
            Stage.DOT,
            "554 delivery error: dd This user doesn't have a yahoo.com account (a@yahoo.com) [0]",
            "unknown address",
        ),
        (
            Stage.DOT,
            "550 Message was accepted -- invalid mailbox. Local mailbox a@b.example is unavailable",
            "unknown address",
        ),
        (Stage.DOT, "550 User unknown", "rejected"),
        # The same words beside others: nobody is suppressed for them.
        (Stage.RCPT, "550 mailbox unavailable: sender blocked", "rejected"),
        (Stage.RCPT, "550 mailbox unavailable, invalid DNS MX resource record", "rejected"),
        (Stage.RCPT, "550 User unknown or mailbox full", "rejected"),
        (Stage.RCPT, "554 5.7.1 User unknown to our policy", "blocked"),
        (Stage.RCPT, "552 5.2.2 This mailbox has exceeded its quota", "rejected"),
        # Our configuration.
        (Stage.AUTH, "535 5.7.8 Bad credentials", "login refused"),
        (Stage.AUTH, "534 5.7.9 Stronger mechanism needed", "login refused"),
        (Stage.AUTH, "501 5.5.2 Bad base64", "login refused"),
        (Stage.AUTH, "504 5.5.4 Unrecognised mechanism", "login refused"),
        (Stage.AUTH, "454 4.7.0 Temporary failure", "login unavailable"),
        (Stage.MAIL, "530 5.7.0 Must log in first", "login required"),
        (Stage.RCPT, "530 5.7.1 Authentication required", "login required"),
        # Anything else.
        (Stage.RCPT, "550 Rejected", "rejected"),
        (Stage.RCPT, "571 Delivery not authorised", "rejected"),
        (Stage.DATA, "554 No valid recipients", "rejected"),
        (Stage.DOT, "554 5.0.0 Transaction failed", "rejected"),
        (Stage.RCPT, "400 ?", "retry"),
        # Out of place.
        (Stage.RCPT, "354 Go on", "out of place"),
        (Stage.DATA, "250 Ok", "out of place"),
        (Stage.DOT, "354 Go on", "unclear"),
        (Stage.DOT, "250 2.0.0 Ok", "accepted"),
    ],
)
def test_a_reply_means_what_the_table_says(stage: Stage, line: str, meaning: str) -> None:
    assert judged(stage, line) == meaning


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("first_digit", [2, 3, 4, 5])
def test_every_reply_at_every_stage_means_something(stage: Stage, first_digit: int) -> None:
    assert judge(stage, Reply(first_digit * 100 + 99, "")) in {rule.verdict for rule in RULES}


@pytest.mark.parametrize(
    ("verdict", "consequence"),
    [
        (smtp_replies.UNKNOWN_ADDRESS, "suppresses"),
        (smtp_replies.BLOCKED, "is_block"),
        (smtp_replies.SLOW_DOWN, "slows_domain"),
        (smtp_replies.MESSAGE_REFUSED, "pauses_issue"),
        (smtp_replies.SENDER_REFUSED, "pauses_relay"),
        (smtp_replies.LOGIN_REFUSED, "pauses_relay"),
        (smtp_replies.LOGIN_REQUIRED, "pauses_relay"),
        (smtp_replies.RELAY_BUSY, "pauses_relay"),
        (smtp_replies.OUT_OF_PLACE, "pauses_relay"),
        (smtp_replies.ACCEPTED, ""),
        (smtp_replies.RETRY, ""),
        (smtp_replies.REJECTED, ""),
        (smtp_replies.UNCLEAR, ""),
    ],
)
def test_a_verdict_has_one_consequence_beyond_the_copy(verdict: Verdict, consequence: str) -> None:
    names = ("suppresses", "is_block", "slows_domain", "pauses_issue", "pauses_relay")
    assert [name for name in names if getattr(verdict, name)] == [consequence][: bool(consequence)]


@pytest.mark.parametrize("verdict", [smtp_replies.NOT_ALLOWED, smtp_replies.NAME_REFUSED])
def test_what_is_about_us_pauses_relay_and_issue_and_keeps_the_copies(verdict: Verdict) -> None:
    assert verdict.pauses_relay
    assert verdict.pauses_issue
    assert verdict.state is DeliveryState.PENDING


def test_a_relay_that_throttles_is_slowed_and_not_paused() -> None:
    throttled = smtp_replies.THROTTLED
    assert throttled.slows_relay
    assert not throttled.pauses_relay
    assert not throttled.slows_domain


@pytest.mark.parametrize(
    ("stage", "line", "cause"),
    [
        (Stage.RCPT, "550 5.1.1 User unknown", Cause.READER),
        (Stage.RCPT, "452 4.2.2 Mailbox full", Cause.READER),
        (Stage.DOT, "550 5.7.1 Spam", Cause.DOMAIN),
        (Stage.DOT, "554 5.6.0 Malformed", Cause.MESSAGE),
        (Stage.MAIL, "550 5.7.1 Sender not allowed", Cause.SENDER),
        (Stage.AUTH, "535 5.7.8 Bad credentials", Cause.LOGIN),
        (Stage.MAIL, "421 4.7.0 Too many messages", Cause.RELAY),
        (Stage.DOT, "250 2.0.0 Ok", None),
    ],
)
def test_a_refusal_names_who_has_to_act(stage: Stage, line: str, cause: Cause | None) -> None:
    assert judge(stage, a_reply(line)).cause == cause


@pytest.mark.parametrize(
    ("stage", "line", "kind"),
    [
        (Stage.DOT, "250 2.0.0 Ok", Accepted),
        (Stage.RCPT, "450 Busy", Deferred),
        (Stage.RCPT, "550 Rejected", Rejected),
        (Stage.DOT, "354 Go on", Uncertain),
        (Stage.MAIL, "550 Sender not verified", RelayTrouble),
    ],
)
def test_a_verdict_decides_the_outcome(stage: Stage, line: str, kind: type[object]) -> None:
    assert type(outcome_of(stage, a_reply(line))) is kind


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
        (
            "Message Queued (D9F1A0B2-3C4D-4E5F-8A6B-7C8D9E0F1A2B.1)",
            "D9F1A0B2-3C4D-4E5F-8A6B-7C8D9E0F1A2B.1",
        ),
        (
            "Queued! Thanks. (d9f1a0b2-3c4d-4e5f-8a6b-7c8d9e0f1a2b.12)",
            "d9f1a0b2-3c4d-4e5f-8a6b-7c8d9e0f1a2b.12",
        ),
        ("Message Queued (soon)", ""),
        ("Ok", ""),
        ("Thank you", ""),
    ],
)
def test_the_relays_queue_id_is_found_in_its_answer(text: str, queue_id: str) -> None:
    assert Reply(250, text, "2.0.0").queue_id == queue_id


@pytest.mark.parametrize(
    ("line", "closes"),
    [("421 Bye", True), ("452 4.5.3 Enough", True), ("452 4.2.2 Full", False), ("550 No", False)],
)
def test_some_replies_end_the_connection(line: str, closes: bool) -> None:  # noqa: FBT001
    assert a_reply(line).ends_connection is closes
