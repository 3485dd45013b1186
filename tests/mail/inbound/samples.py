"""Made-up messages of the kinds that come back, built from the few lines that tell them apart."""

from __future__ import annotations

COPY = """\
Return-Path: <b+7-9.abcdefghijklmnop@bounce.example>
Message-ID: <d7.9.20260101000000000000@example.com>
List-Unsubscribe: <https://news.example/u/token>
From: News <news@example.com>
To: reader@mx.example
Subject: Links of the week

Hello
"""


def text_report(
    body: str, *, sender: str = "MAILER-DAEMON@mx.example", subject: str = "failure notice"
) -> bytes:
    """A report as one text, in UTF-8."""
    head = f"From: {sender}\nTo: b+7-9.abcdefghijklmnop@bounce.example\nSubject: {subject}\n"
    return f"{head}Content-Type: text/plain; charset=utf-8\n\n{body}\n".encode()


def notification(fields: str, human: str = "Your message was not delivered.") -> bytes:
    """A delivery status notification. `fields` are those of the recipients."""
    return f"""\
From: Mail Delivery System <MAILER-DAEMON@mx.example>
To: b+7-9.abcdefghijklmnop@bounce.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="==part"

--==part
Content-Type: text/plain; charset=utf-8

{human}

--==part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

{fields}

--==part
Content-Type: message/rfc822

{COPY}
--==part--
""".encode()


def failed(status: str, diagnostic: str, recipient: str = "reader@mx.example") -> str:
    """The fields of one recipient."""
    return (
        f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {diagnostic}\n"
    )


def complaint(kind: str) -> bytes:
    return f"""\
From: <feedback@provider.example>
To: complaints@example.com
Subject: FW: Links of the week
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="==part"

--==part
Content-Type: text/plain

This is an email abuse report.

--==part
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <b+7-9.ponmlkjihgfedcba@bounce.example>
Original-Rcpt-To: <reader@mx.example>

--==part
Content-Type: message/rfc822

{COPY}
--==part--
""".encode()


def answer(body: str = "Hello", *, subject: str = "Re: Links", **headers: str) -> bytes:
    """From a person or a person's machine. Underscores in names of headers are hyphens."""
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    head = "" if "From" in headers else "From: Ann <reader@mx.example>\n"
    return f"{head}To: news@example.com\nSubject: {subject}\n{more}\n{body}\n".encode()
