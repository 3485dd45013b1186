"""Machines that answer, people who write, and requests to leave."""

import pytest

from newsletter.mail.inbound.feedback import read_feedback
from tests.mail.inbound.samples import answer, complaint, failed, notification

MACHINES = [
    answer("I am away until Monday. My mailbox is full.", Auto_Submitted="auto-replied"),
    answer("Undeliverable? No: I no longer work here.", X_Autoreply="yes"),
    answer("Back soon", X_Autorespond="vacation"),
    answer("Back soon", Precedence="auto_reply"),
    answer("Delivery has failed to reach me: on leave", subject="Automatic reply: Links"),
    notification(
        "Final-Recipient: rfc822; reader@mx.example\nDisposition: manual-action; displayed"
    )
    .replace(b"message/delivery-status", b"message/disposition-notification")
    .replace(b"report-type=delivery-status", b"report-type=disposition-notification")
    .replace(b"From: Mail Delivery System <MAILER-DAEMON@mx.example>", b"From: reader@mx.example")
    .replace(b"Undelivered Mail Returned to Sender", b"Read: Links"),
    answer("x", subject="Re: Links", X_Auto_Response_Suppress="All"),
    answer("x", subject="Auto: Links"),
    answer("x", subject="Out of Office: Links"),
    answer("x", subject="Automatische Antwort: Links"),
    answer("x", subject="Abwesenheitsnotiz"),
    answer("x", subject="Réponse automatique : Links"),
    answer("x", subject="Respuesta automática: Links"),
    answer("x", subject="Resposta automática: Links"),
    answer("x", subject="Автоответ: Links"),
    answer("x", subject="Odpowiedź automatyczna: Links"),
    answer("x", subject="自动回复：Links"),
    answer("x", subject="自動返信"),
    answer("x", subject="부재중"),
    answer("We got it", subject="Thank you for contacting Acme"),
    answer("Click here", subject="Please confirm your message", From="Bob <bob@mx.example>"),
    answer("Please verify you are human", From="challenge@mx.example"),
    answer("x", subject="Your message to Cats awaits moderator approval"),
    answer("x", subject="You are not a member of the list"),
    answer("Do not answer", From="no-reply@shop.example"),
    answer("x", List_Id="<cats.lists.example>"),
]


@pytest.mark.parametrize("message", MACHINES)
def test_a_machine_that_answers_is_no_bounce_and_no_person(message: bytes) -> None:
    assert [one.verdict for one in read_feedback(message)[0]] == ["automatic"]


@pytest.mark.parametrize(
    "message",
    [
        answer("", subject="unsubscribe"),
        answer("", subject="Unsubscribe me please"),
        answer("Please unsubscribe me from this newsletter.", subject="Re: Links"),
        answer("Abmelden", subject="Links"),
        answer("", subject="Désabonnement"),
        answer("", subject="Отписаться"),
        answer("", subject="退订"),
        answer("", subject="Darse de baja"),
        answer("", subject="Leiratkozás"),
        answer("STOP", subject=""),
        answer("", subject="unsubscribe", Auto_Submitted="auto-replied"),
        answer("Remove me\n\n> Links of the week\n> read on", subject="Re: Links"),
        complaint("opt-out"),
        complaint("opt-out-list"),
    ],
)
def test_who_asks_to_leave_is_understood(message: bytes) -> None:
    assert [one.verdict for one in read_feedback(message)[0]] == ["unsubscribe"]


@pytest.mark.parametrize(
    "message",
    [
        answer("Thanks, I liked the second link."),
        answer("How do I unsubscribe my colleague from the other newsletter that you write?"),
        answer("My mail to you was returned to me: user unknown. What is your address?"),
        answer(
            "Your mail could not be delivered: I have a new address.", subject="Delivery problem"
        ),
        answer("My mailbox is full, sorry. Send it again?", subject="Mail not delivered"),
        answer("Great article on why delivery failed for 550 5.1.1!\n\n> On bounces"),
    ],
)
def test_what_a_person_writes_is_a_reply(message: bytes) -> None:
    [feedback], clues = read_feedback(message)
    assert (feedback.verdict, clues.writer) == ("reply", "reader@mx.example")


@pytest.mark.parametrize(
    ("kind", "verdict", "reason"),
    [
        ("abuse", "complaint", "complaint"),
        ("fraud", "complaint", "complaint-of-fraud"),
        ("virus", "complaint", "complaint-of-virus"),
        ("other", "complaint", "complaint"),
        ("something-new", "complaint", "complaint"),
        ("not-spam", "automatic", "not-spam"),
        ("opt-out", "unsubscribe", "opt-out"),
        ("auth-failure", "blocked", "authentication"),
    ],
)
def test_a_complaint_counts_by_its_kind(kind: str, verdict: str, reason: str) -> None:
    [feedback], clues = read_feedback(complaint(kind))
    assert (feedback.verdict, feedback.reason) == (verdict, reason)
    assert feedback.recipient == "reader@mx.example"
    assert clues.return_paths[-1] == "b+7-9.ponmlkjihgfedcba@bounce.example"
    assert clues.message_ids == ("<d7.9.20260101000000000000@example.com>",)


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        (failed("5.1.1", "550 5.1.1 no such user"), "hard"),
        (failed("5.0.0", "550 User unknown"), "hard"),
        (failed("5.0.0", "550-5.1.1 The account does\n 550 5.1.1 not exist"), "hard"),
        (failed("5.1.2", "550 5.1.2 Host unknown"), "hard"),
        (failed("5.1.10", "556 5.1.10 null MX"), "hard"),
        (failed("5.4.1", "550 5.4.1 Recipient address rejected: Access denied"), "hard"),
        (failed("5.1.6", "551 5.1.6 has moved"), "hard"),
        (failed("4.1.1", "450 4.1.1 User unknown in virtual alias table"), "hard"),
        (failed("5.1.1", "550 5.1.1 Refused due to recipient preferences"), "soft"),
        (failed("5.2.0", "550 Unknown user reader@mx.example"), "hard"),
        (failed("5.2.0", "550 : User unknown"), "soft"),
        (failed("5.2.2", "552 5.2.2 user over quota"), "soft"),
        (failed("5.2.1", "550 5.2.1 this account is disabled"), "soft"),
        (failed("4.4.7", "delivery time expired"), "soft"),
        (failed("4.4.1", "connect to mx.example: Connection timed out"), "soft"),
        (failed("5.4.6", "554 5.4.6 Too many hops"), "soft"),
        (failed("5.7.1", "554 5.7.1 blocked using sbl.example"), "blocked"),
        (failed("5.7.26", "550 5.7.26 unauthenticated"), "blocked"),
        (failed("5.7.515", "550 5.7.515 Access denied, does not meet the level"), "blocked"),
        (failed("5.3.4", "552 5.3.4 message too big"), "blocked"),
        (failed("5.1.1", "550 no such user").replace("failed", "delayed"), "delay"),
        (failed("2.0.0", "250 ok").replace("failed", "delivered"), "delivered"),
        (failed("2.1.5", "250 ok").replace("failed", "relayed"), "delivered"),
        (failed("2.1.5", "250 ok").replace("failed", "expanded"), "delivered"),
        (failed("5.1.1", "No such user").replace("smtp;", "x-unix;"), "soft"),
    ],
)
def test_a_notification_is_judged_by_what_it_quotes(fields: str, verdict: str) -> None:
    [feedback], clues = read_feedback(notification(fields))
    assert (feedback.recipient, feedback.verdict) == ("reader@mx.example", verdict)
    assert clues.return_paths == ("b+7-9.abcdefghijklmnop@bounce.example",)


def test_an_address_in_other_letters_is_read() -> None:
    fields = failed("5.1.1", "550 5.1.1 unknown").replace(
        "rfc822; reader", r"utf-8; \x{4F60}\x{597D}"
    )
    [feedback], _ = read_feedback(notification(fields))
    assert feedback.recipient == "你好@mx.example"


def test_several_recipients_are_several_verdicts() -> None:
    fields = (
        failed("5.1.1", "550 5.1.1 unknown") + "\n" + failed("4.2.2", "452 full", "b@mx.example")
    )
    feedback, clues = read_feedback(notification(fields))
    assert [one.verdict for one in feedback] == ["hard", "soft"]
    assert clues.reported == ("reader@mx.example", "b@mx.example")


@pytest.mark.parametrize(
    ("human", "fields", "verdict"),
    [
        # The part for machines is what a server says of the delivery. A text above it that speaks
        # of a full disk, as one public sample has it, was put there by hand.
        (
            "Your message was automatically rejected: Not enough disk space",
            failed("5.1.1", "550 5.1.1 <reader@mx.example>... User Unknown"),
            "hard",
        ),
    ],
)
def test_where_a_public_collection_is_wrong_the_part_for_machines_decides(
    human: str, fields: str, verdict: str
) -> None:
    [feedback], _ = read_feedback(notification(fields, human))
    assert feedback.verdict == verdict


def test_an_event_of_amazon_that_comes_by_mail_is_read() -> None:
    event = (
        '{"notificationType": "Delivery", "mail": {}, "delivery": {"recipients": '
        '["reader@mx.example"], "smtpResponse": "250 2.6.0 accepted"}}\n\n--\nTo stop, click here'
    )
    [feedback], _ = read_feedback(answer(event, From="no-reply@sns.amazonaws.com"))
    assert (feedback.verdict, feedback.reply, feedback.status) == ("delivered", "250", "2.6.0")
