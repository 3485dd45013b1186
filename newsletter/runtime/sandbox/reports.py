"""What other mail servers would write about a mail in the sandbox: that it bounced after all, or
that its reader calls it spam.
"""

from __future__ import annotations

from enum import StrEnum

from newsletter.domain.feedback.inbound import Arrival, Door


class ComesBack(StrEnum):
    BOUNCE = "bounce"
    COMPLAINT = "complaint"


_REPORTS = {
    ComesBack.BOUNCE: (
        "Subject: Undelivered Mail Returned to Sender",
        "report-type=delivery-status",
        "The mail could not be delivered.",
        "Content-Type: message/delivery-status",
        "Reporting-MTA: dns; sandbox.localhost",
        "",
        "Final-Recipient: rfc822; {recipient}",
        "Action: failed",
        "Status: 5.1.1",
        "Diagnostic-Code: smtp; 550 5.1.1 No such user here",
    ),
    ComesBack.COMPLAINT: (
        "Subject: Spam report",
        "report-type=feedback-report",
        "The reader reported this mail as spam.",
        "Content-Type: message/feedback-report",
        "Feedback-Type: abuse",
        "User-Agent: Sandbox/1.0",
        "Version: 1",
        "Original-Rcpt-To: {recipient}",
    ),
}
"""By [RFC 3464] and [RFC 5965]: subject, kind, words for people, and the part for machines."""


def report_about(mail: bytes, sender: str, recipient: str, what: ComesBack) -> Arrival:
    """As it would come to `sender`, the envelope's, from the server of the recipient."""
    subject, kind, words, part, *fields = _REPORTS[what]
    lines = (
        "From: MAILER-DAEMON@sandbox.localhost",
        f"To: {sender}",
        subject,
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; {kind}; boundary="the-report"',
        "",
        "--the-report",
        "",
        words,
        "--the-report",
        part,
        "",
        *(field.format(recipient=recipient) for field in fields),
        "",
        "--the-report",
        "Content-Type: message/rfc822",
        "",
        "",
    )
    content = "\r\n".join(lines).encode() + mail + b"\r\n--the-report--\r\n"
    return Arrival(Door.SMTP, content, "", (sender,))
