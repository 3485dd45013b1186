from newsletter.domain.feedback.verdicts import FeedbackVerdict
from newsletter.mail.inbound.feedback import read_feedback

REPORT = b"""\
From: MAILER-DAEMON@mx.example
To: b+7-9.abcdefghijklmnop@bounce.example
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; gone@mx.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--x
Content-Type: text/rfc822-headers

Message-ID: <d7.9.20260101000000000000@example.com>
--x--
"""


def test_a_report_says_who_and_what_and_whose_copy_it_may_be() -> None:
    feedback, clues = read_feedback(REPORT, ["b+7-9.abcdefghijklmnop@bounce.example"])
    assert [(one.recipient, one.verdict, one.status) for one in feedback] == [
        ("gone@mx.example", FeedbackVerdict.HARD, "5.1.1")
    ]
    assert clues.addressed_to[0] == "b+7-9.abcdefghijklmnop@bounce.example"
    assert clues.reported == ("gone@mx.example",)
