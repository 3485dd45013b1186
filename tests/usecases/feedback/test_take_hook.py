"""Webhooks: what the provider signed is stored, what it did not sign is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter.domain.feedback.inbound import Door
from newsletter.mail.inbound.provider_events import read_event
from newsletter.net.hooks.request import HookRefused, HookRequest
from newsletter.store.models import FeedbackRow, InboundMessage, Subscription
from newsletter.usecases.context import Context
from newsletter.usecases.feedback import take_hook as hooks
from newsletter.usecases.feedback.judge import judge_new
from newsletter.usecases.feedback.take_hook import take_hook
from tests.support.ledgers import a_sent_issue
from tests.support.provider_hooks import (
    CERTIFICATE_URL,
    CONFIRM_URL,
    LOGIN,
    MAILGUN_KEY,
    SENDGRID_KEY,
    TOPIC,
    mailgun,
    mailgun_failure,
    postmark,
    postmark_bounce,
    sendgrid,
    sendgrid_event,
    ses_bounce,
    sns,
    sns_certificate,
    sns_message,
)

sqlite_alone = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def context(context: Context) -> Context:
    settings = replace(
        context.settings,
        hook_ses_topics=(TOPIC,),
        hook_postmark_login=LOGIN,
        hook_mailgun_key=MAILGUN_KEY,
        hook_sendgrid_key=SENDGRID_KEY,
    )
    return replace(context, settings=settings)


class Amazon:
    """Serves the certificate, and remembers what it was asked for."""

    def __init__(self, context: Context) -> None:
        hooks._CERTIFICATES.clear()
        self.certificate = sns_certificate(context.now())
        self.asked: list[str] = []

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        return self.certificate


def stored(context: Context) -> list[tuple[str, bytes | None]]:
    with context.database.read() as session:
        rows = session.execute(select(InboundMessage.door, InboundMessage.content))
        return [(door, content) for door, content in rows]


def refusal(context: Context, provider: str, request: HookRequest, amazon: object = None) -> int:
    with pytest.raises(HookRefused) as caught:
        take_hook(context, provider, request, amazon)  # type: ignore[arg-type]
    return caught.value.status


def altered(request: HookRequest) -> HookRequest:
    return replace(request, body=request.body.replace(b"reader@mx.example", b"victim@mx.example"))


@pytest.mark.parametrize("version", ["1", "2"])
def test_what_amazon_signed_is_stored_once(context: Context, version: str) -> None:
    amazon = Amazon(context)
    request = sns(sns_message(context.now(), version=version))
    assert take_hook(context, "ses", request, amazon) == 1
    assert take_hook(context, "ses", request, amazon) == 0
    assert amazon.asked == [CERTIFICATE_URL]
    [(door, content)] = stored(context)
    assert (door, json.loads(content or b"")) == (Door.SES, ses_bounce())


@sqlite_alone
def test_a_subscription_of_our_topic_is_confirmed_at_amazons_address_alone(
    context: Context,
) -> None:
    amazon = Amazon(context)
    fields = {"Type": "SubscriptionConfirmation", "Token": "abc123", "Message": "You chose …"}
    at = context.now()
    take_hook(context, "ses", sns(sns_message(at, SubscribeURL=CONFIRM_URL, **fields)), amazon)
    assert amazon.asked == [CERTIFICATE_URL, CONFIRM_URL]
    amazons = "sns.eu-central-1.amazonaws.com"
    for host in (
        f"{amazons}.evil.example",
        f"{amazons}@169.254.169.254",
        "sns.s3-eu-central-1.amazonaws.com",
        "localhost",
        "10.0.0.1",
    ):
        elsewhere = CONFIRM_URL.replace(amazons, host)
        assert elsewhere != CONFIRM_URL
        request = sns(sns_message(at, SubscribeURL=elsewhere, **fields))
        assert refusal(context, "ses", request, amazon) == 403
    assert amazon.asked[2:] == []
    assert stored(context) == []


@sqlite_alone
@pytest.mark.parametrize(
    "changed",
    [
        {"Message": json.dumps(ses_bounce(bounceType="Transient"))},
        {"MessageId": "another"},
        {"Subject": "added"},
        {"Signature": "AAAA"},
        {"Signature": "not base64"},
        {"SignatureVersion": "3"},
        {"TopicArn": TOPIC + "2"},
        {"SigningCertURL": "http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem"},
        {
            "SigningCertURL": "https://sns.eu-central-1.amazonaws.com.evil.example/"
            "SimpleNotificationService-1.pem"
        },
        {
            "SigningCertURL": "https://evil.example/?https://sns.x.amazonaws.com/"
            "SimpleNotificationService-1.pem"
        },
        {"SigningCertURL": "https://sns.eu@evil.example/SimpleNotificationService-1.pem"},
        {"SigningCertURL": "https://bucket.s3.amazonaws.com/SimpleNotificationService-1.pem"},
        *(
            {"SigningCertURL": CERTIFICATE_URL.replace("sns.eu-central-1.amazonaws.com", host)}
            for host in (
                "sns.s3.amazonaws.com",
                "sns.s3-us-west-2.amazonaws.com",
                "sns.s3-website-eu-west-1.amazonaws.com",
                "sns.eu-central-1.amazonaws.com:8443",
                "sns.eu-central-1.amazonaws.com@evil.example",
                "sns.eu-central-1.amazonaws.com%2f.evil.example",
                "user@sns.eu-central-1.amazonaws.com",
                "sns.eu-central-1.elb.amazonaws.com",
                "127.0.0.1",
            )
        ),
    ],
)
def test_what_amazon_did_not_sign_is_refused(context: Context, changed: dict[str, str]) -> None:
    amazon = Amazon(context)
    message = {**sns_message(context.now()), **changed}
    assert refusal(context, "ses", sns(message), amazon) == 403
    assert set(amazon.asked) <= {CERTIFICATE_URL}
    assert stored(context) == []


@sqlite_alone
@pytest.mark.parametrize("hours", [-2, 1])
def test_what_was_recorded_long_ago_or_comes_from_the_future_is_refused(
    context: Context, hours: int
) -> None:
    at = context.now() + timedelta(hours=hours)
    assert refusal(context, "ses", sns(sns_message(at)), Amazon(context)) == 403
    assert refusal(context, "sendgrid", sendgrid([sendgrid_event()], at)) == 403
    much = context.now() + timedelta(hours=hours * 5)
    assert refusal(context, "mailgun", mailgun(mailgun_failure(), much)) == 403


@sqlite_alone
def test_postmark_comes_with_its_password(context: Context) -> None:
    assert take_hook(context, "postmark", postmark(postmark_bounce())) == 1
    assert take_hook(context, "postmark", postmark(postmark_bounce())) == 0
    for login in ("hook:wrong", "hook", "", "hook:s3cret "):
        assert refusal(context, "postmark", postmark(postmark_bounce(ID=43), login)) == 401
    assert refusal(context, "postmark", HookRequest({}, b"{}")) == 401
    assert refusal(context, "postmark", HookRequest({"authorization": "Basic %%%"}, b"{}")) == 401


def test_a_token_of_mailgun_counts_once_and_for_one_event(context: Context) -> None:
    now = context.now()
    assert take_hook(context, "mailgun", mailgun(mailgun_failure(), now)) == 1
    assert take_hook(context, "mailgun", mailgun(mailgun_failure(), now)) == 0
    assert refusal(context, "mailgun", altered(mailgun(mailgun_failure(), now))) == 403
    forged = json.loads(mailgun(mailgun_failure(), now).body)
    forged["signature"]["token"] = "another"
    assert refusal(context, "mailgun", HookRequest({}, json.dumps(forged).encode())) == 403
    assert len(stored(context)) == 1


def test_a_batch_of_sendgrid_is_stored_whole_and_each_event_once(context: Context) -> None:
    now = context.now()
    events = [sendgrid_event(number) for number in range(1000)]
    assert take_hook(context, "sendgrid", sendgrid(events, now)) == 1000
    assert take_hook(context, "sendgrid", sendgrid([*reversed(events)], now)) == 0
    assert refusal(context, "sendgrid", altered(sendgrid(events, now))) == 403
    assert refusal(context, "sendgrid", HookRequest({}, b"[]")) == 403
    assert refusal(context, "sendgrid", sendgrid([{}] * 10_001, now)) == 413
    assert len(stored(context)) == 1000


@sqlite_alone
@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b'"text"', b"null"])
def test_what_is_no_event_is_refused(context: Context, body: bytes) -> None:
    for provider, headers in (
        ("postmark", dict(postmark({}).headers)),
        ("mailgun", {}),
        ("ses", {}),
    ):
        assert refusal(context, provider, HookRequest(headers, body)) in {400, 403}


@sqlite_alone
@pytest.mark.parametrize("provider", ["ses", "postmark", "mailgun", "sendgrid", "other", ""])
def test_a_webhook_that_is_not_set_up_is_not_there(context: Context, provider: str) -> None:
    shut = replace(context.settings, hook_ses_topics=(), hook_postmark_login="")
    shut = replace(shut, hook_mailgun_key="", hook_sendgrid_key="")
    assert refusal(replace(context, settings=shut), provider, HookRequest({}, b"{}")) == 404


ADDRESS = {"emailAddress": "a@b.c"}
MAILBOX_FULL = {"emailAddress": "reader@mx.example", "diagnosticCode": "smtp; 552 5.2.2 full"}
EVENTS = [
    (Door.SES, ses_bounce(), "hard"),
    (Door.SES, ses_bounce(bouncedRecipients=[MAILBOX_FULL]), "soft"),
    (Door.SES, ses_bounce(bounceSubType="NoEmail", bouncedRecipients=[{}]), "hard"),
    (Door.SES, ses_bounce(bounceSubType="General", bouncedRecipients=[{}]), "soft"),
    (Door.SES, ses_bounce(bounceSubType="ContentRejected", bouncedRecipients=[{}]), "blocked"),
    (
        Door.SES,
        {
            "eventType": "Complaint",
            "complaint": {"complainedRecipients": [{"emailAddress": "a@b.c"}]},
        },
        "complaint",
    ),
    (
        Door.SES,
        {
            "eventType": "Complaint",
            "complaint": {
                "complainedRecipients": [{"emailAddress": "a@b.c"}],
                "complaintFeedbackType": "not-spam",
            },
        },
        "automatic",
    ),
    (
        Door.SES,
        {
            "eventType": "Subscription",
            "subscription": {"newTopicPreferences": {"unsubscribeAll": True}},
            "mail": {"destination": ["a@b.c"]},
        },
        "unsubscribe",
    ),
    (Door.SES, {"eventType": "Delivery", "delivery": {"recipients": ["a@b.c"]}}, "delivered"),
    (
        Door.SES,
        {"eventType": "DeliveryDelay", "deliveryDelay": {"delayedRecipients": [MAILBOX_FULL]}},
        "delay",
    ),
    (Door.POSTMARK, postmark_bounce(), "hard"),
    (Door.POSTMARK, postmark_bounce(Details=""), "hard"),
    (Door.POSTMARK, postmark_bounce(Type="HardBounce", Details="552 5.2.2 mailbox full"), "soft"),
    (Door.POSTMARK, postmark_bounce(Type="SoftBounce", Details=""), "soft"),
    (Door.POSTMARK, postmark_bounce(Type="Blocked", Details=""), "blocked"),
    (Door.POSTMARK, postmark_bounce(Type="AutoResponder", Details="550 no such user"), "automatic"),
    (Door.POSTMARK, postmark_bounce(Type="SpamComplaint"), "complaint"),
    (Door.POSTMARK, {"RecordType": "SpamComplaint", "Email": "a@b.c"}, "complaint"),
    (
        Door.POSTMARK,
        {
            "RecordType": "SubscriptionChange",
            "Recipient": "a@b.c",
            "SuppressSending": True,
            "SuppressionReason": "ManualSuppression",
        },
        "unsubscribe",
    ),
    (Door.POSTMARK, {"RecordType": "Delivery", "Recipient": "a@b.c"}, "delivered"),
    (Door.MAILGUN, mailgun_failure(), "hard"),
    (Door.MAILGUN, mailgun_failure(severity="temporary"), "delay"),
    (Door.MAILGUN, mailgun_failure(reason="suppress-bounce"), "hard"),
    (Door.MAILGUN, mailgun_failure(reason="suppress-complaint"), "complaint"),
    (
        Door.MAILGUN,
        mailgun_failure(**{"delivery-status": {"code": 552, "message": "5.2.2 over quota"}}),
        "soft",
    ),
    (
        Door.MAILGUN,
        mailgun_failure(**{"delivery-status": {"code": 550, "message": "5.7.26 unauthenticated"}}),
        "blocked",
    ),
    (Door.MAILGUN, mailgun_failure(event="complained"), "complaint"),
    (Door.MAILGUN, mailgun_failure(event="unsubscribed"), "unsubscribe"),
    (Door.MAILGUN, mailgun_failure(event="delivered"), "delivered"),
    (Door.SENDGRID, sendgrid_event(), "hard"),
    (Door.SENDGRID, sendgrid_event(reason="552 5.2.2 full", status="5.2.2"), "soft"),
    (Door.SENDGRID, sendgrid_event(type="blocked", reason="", status=""), "blocked"),
    (Door.SENDGRID, sendgrid_event(event="spamreport"), "complaint"),
    (Door.SENDGRID, sendgrid_event(event="group_unsubscribe"), "unsubscribe"),
    (Door.SENDGRID, sendgrid_event(event="deferred"), "delay"),
    (Door.SENDGRID, sendgrid_event(event="dropped", reason="Bounced Address"), "hard"),
    (Door.SENDGRID, sendgrid_event(event="dropped", reason="Spam Content"), "blocked"),
]


@pytest.mark.parametrize(("door", "event", "verdict"), EVENTS)
def test_an_event_of_a_provider_is_judged_by_the_reply_that_it_quotes(
    door: Door, event: dict[str, object], verdict: str
) -> None:
    [feedback], _ = read_event(door, json.dumps(event).encode())
    assert feedback.verdict == verdict


@pytest.mark.parametrize(
    ("door", "event"),
    [
        (Door.SES, ses_bounce()),
        (Door.MAILGUN, mailgun_failure()),
        (Door.SENDGRID, sendgrid_event()),
    ],
)
def test_an_event_names_our_message(door: Door, event: dict[str, object]) -> None:
    _, clues = read_event(door, json.dumps(event).encode())
    assert clues.message_ids == ("<d7.9.20260101@example.com>",)
    assert clues.reported == ("reader@mx.example",)


def test_opens_and_clicks_say_nothing_and_odd_shapes_break_nothing() -> None:
    assert read_event(Door.SENDGRID, json.dumps(sendgrid_event(event="open")).encode())[0] == []
    for door in (Door.SES, Door.POSTMARK, Door.MAILGUN, Door.SENDGRID):
        for content in (b"", b"[1]", b'{"mail": 1, "bounce": [], "eventType": "Bounce"}', b"{}"):
            read_event(door, content)


def _requests(context: Context, address: str) -> dict[str, HookRequest]:
    """A dead address, as each provider reports it when it keeps nothing of ours but the address."""
    now = context.now()
    recipient = {"emailAddress": address, "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
    bounce = {**ses_bounce(bouncedRecipients=[recipient]), "mail": {}}
    return {
        "ses": sns(sns_message(now, Message=json.dumps(bounce))),
        "postmark": postmark(postmark_bounce(Email=address)),
        "mailgun": mailgun(mailgun_failure(recipient=address, message={}, envelope={}), now),
        "sendgrid": sendgrid([sendgrid_event(email=address, **{"smtp-id": ""})], now),
    }


@pytest.mark.parametrize("provider", ["ses", "postmark", "mailgun", "sendgrid"])
def test_a_dead_address_that_a_provider_reports_is_suppressed_once(
    context: Context, provider: str
) -> None:
    sent = a_sent_issue(context, "accepted-1", "accepted-2")
    requests = _requests(context, "accepted-1@example.org")
    event = sendgrid_event(9, email="accepted-1@example.org", event="delivered")
    delivered = sendgrid([event], context.now())
    for _ in range(2):
        take_hook(context, provider, requests[provider], Amazon(context))
        take_hook(context, "sendgrid", delivered)
        judge_new(context)
    with context.database.read() as session:
        facts = session.scalars(select(FeedbackRow).order_by(FeedbackRow.id)).all()
        lines = [sent.line(f"accepted-{n}@example.org") for n in (1, 2)]
        states = [session.get_one(Subscription, line.subscription_id).state for line in lines]
    assert sorted(fact.verdict for fact in facts) == ["delivered", "hard"]
    assert {fact.subscriber_id for fact in facts} == {lines[0].subscriber_id}
    assert states == ["suppressed", "active"]
