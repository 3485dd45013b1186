"""What is no notification by the book, and yet says what became of a copy."""

import pytest

from newsletter.mail.inbound.feedback import read_feedback
from tests.mail.inbound.samples import COPY, text_report

QMAIL = """\
Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<reader@mx.example>:
{}

--- Below this line is a copy of the message.

"""
EXIM = """\
This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  reader@mx.example
    {}

------ This is a copy of the message, including all the headers. ------

"""
SENDMAIL = """\
The original message was received at Tue, 3 Mar 2026 10:00:00 GMT
from localhost [127.0.0.1]

   ----- The following addresses had permanent fatal errors -----
<reader@mx.example>
    (reason: {0})

   ----- Transcript of session follows -----
... while talking to mx.example.:
>>> RCPT To:<reader@mx.example>
<<< {0}

   ----- Original message follows -----

"""
POSTFIX = """\
This is the mail system at host relay.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<reader@mx.example>: host mx.example[192.0.2.1] said: {} (in reply to RCPT TO
    command)

"""
GMAIL = """\
Delivery to the following recipient failed permanently:

     reader@mx.example

Technical details of permanent failure:
Google tried to deliver your message, but it was rejected by the recipient domain.
The error that the other server returned was: {}

----- Original message -----

"""
EXCHANGE = """\
Delivery has failed to these recipients or distribution lists:

reader@mx.example
{}

Diagnostic information for administrators:

Generating server: mx.example

"""

TEXTS = [
    (QMAIL, "Sorry, no mailbox here by that name. (#5.1.1)", "hard", "5.1.1"),
    (QMAIL, "vpopmail: account over quota (#5.2.2)", "soft", "5.2.2"),
    (QMAIL, "Sorry, I couldn't find any host named mx.example. (#5.1.2)", "hard", "5.1.2"),
    (
        QMAIL,
        (
            "192.0.2.1 does not like recipient.\nRemote host said: 550 no such user here\n"
            "Giving up on 192.0.2.1."
        ),
        "hard",
        "",
    ),
    (
        QMAIL,
        "192.0.2.1 failed after I sent the message.\nRemote host said: 554 message looks like spam",
        "blocked",
        "",
    ),
    (
        QMAIL,
        "I'm not going to try again; this message has been in the queue too long.",
        "soft",
        "",
    ),
    (EXIM, "Unrouteable address", "hard", ""),
    (EXIM, "retry timeout exceeded", "soft", ""),
    (
        EXIM,
        (
            "SMTP error from remote mail server after RCPT TO:<reader@mx.example>:\n"
            "    host mx.example [192.0.2.1]: 550 5.1.1 <reader@mx.example>: user unknown"
        ),
        "hard",
        "5.1.1",
    ),
    (
        EXIM,
        (
            "SMTP error from remote mail server after end of data:\n"
            "    host mx.example [192.0.2.1]: 550 5.7.26 This mail is unauthenticated"
        ),
        "blocked",
        "5.7.26",
    ),
    (EXIM, "mailbox is full: retry timeout exceeded", "soft", ""),
    (EXIM, 'Too many "Received" headers - suspected mail loop', "soft", ""),
    (EXIM, "an MX or SRV record indicated no SMTP service", "hard", ""),
    (SENDMAIL, "550 5.1.1 <reader@mx.example>... User unknown", "hard", "5.1.1"),
    (SENDMAIL, "552 5.2.2 Mailbox full", "soft", "5.2.2"),
    (SENDMAIL, "550 Host unknown", "hard", ""),
    (SENDMAIL, "551 not our customer", "hard", ""),
    (SENDMAIL, "554 5.7.1 Client host [192.0.2.9] blocked using sbl.example", "blocked", "5.7.1"),
    (POSTFIX, "550 User not found", "hard", ""),
    (POSTFIX, "550 <reader@mx.example>: Recipient address rejected.", "hard", ""),
    (POSTFIX, "552 5.3.4 Message too big", "blocked", "5.3.4"),
    (POSTFIX, "554 5.7.1 <reader@mx.example>: Relay access denied", "blocked", "5.7.1"),
    (POSTFIX, "450 4.2.0 Greylisted, try again later", "soft", "4.2.0"),
    (GMAIL, "550 550 5.1.1 <reader@mx.example> User unknown (state 14).", "hard", "5.1.1"),
    (GMAIL, "550 550 Unrouteable address (state 14).", "hard", ""),
    (GMAIL, "554 5.7.1 Poor reputation of your IP (state 18).", "blocked", "5.7.1"),
    (EXCHANGE, "#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##", "hard", "5.1.1"),
    (
        EXCHANGE,
        "#550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found ##",
        "hard",
        "5.1.10",
    ),
    (EXCHANGE, "The recipient's mailbox is full and can't accept messages now.", "soft", ""),
    (EXCHANGE, "The e-mail address you entered couldn't be found. User unknown.", "hard", ""),
    (
        EXCHANGE,
        "#550 5.7.1 RESOLVER.RST.AuthRequired; authentication required ##",
        "blocked",
        "5.7.1",
    ),
]


@pytest.mark.parametrize(("form", "words", "verdict", "status"), TEXTS)
def test_mail_servers_that_write_for_people_are_understood(
    form: str, words: str, verdict: str, status: str
) -> None:
    feedback, clues = read_feedback(text_report(form.format(words) + COPY))
    assert [(one.recipient, one.verdict, one.status) for one in feedback] == [
        ("reader@mx.example", verdict, status)
    ]
    assert clues.message_ids == ("<d7.9.20260101000000000000@example.com>",)
    assert clues.unsubscribe_urls == ("https://news.example/u/token",)
    assert clues.return_paths == ("b+7-9.abcdefghijklmnop@bounce.example",)


def test_each_address_of_one_report_has_its_own_verdict() -> None:
    body = QMAIL.format("Sorry, no mailbox here by that name. (#5.1.1)").replace(
        "--- Below", "<second@mx.example>:\nuser is over quota (#5.2.2)\n\n--- Below"
    )
    feedback, _ = read_feedback(text_report(body + COPY))
    assert [(one.recipient, one.verdict) for one in feedback] == [
        ("reader@mx.example", "hard"),
        ("second@mx.example", "soft"),
    ]


def test_a_copy_whose_text_speaks_of_errors_decides_nothing() -> None:
    quoted = COPY + "550 5.1.1 user unknown\n<other@elsewhere.example>: no such user\n"
    [feedback] = read_feedback(text_report(EXIM.format("retry timeout exceeded") + quoted))[0]
    assert (feedback.recipient, feedback.verdict) == ("reader@mx.example", "soft")
