"""Mail that comes back about a copy, as others write it."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.mail.message_ids import delivery_message_id
from newsletter.mail.verp import verp_sender
from newsletter.store.models import Delivery
from newsletter.urls import unsubscribe_url
from newsletter.usecases.context import Context
from tests.support.ledgers import SentIssue

BOUNCE_DOMAIN = "bounce.example.org"


@dataclass(frozen=True)
class Copy:
    """A copy that was accepted, and what of it a report may name."""

    context: Context
    line: Delivery
    address: str
    message_id: str

    @property
    def verp(self) -> str:
        return self._signed("d", self.line.edition_id, self.line.subscriber_id)

    @property
    def unsubscribe_address(self) -> str:
        return self._signed("u", self.line.subscription_id, self.line.edition_id)

    @property
    def link(self) -> str:
        signer = self.context.signer
        token = signer.sign_unsubscribe(self.line.subscription_id, self.line.edition_id)
        return unsubscribe_url(self.context.settings.public_url, token)

    def _signed(self, kind: str, *ids: int) -> str:
        return verp_sender(kind, ids, BOUNCE_DOMAIN, self.context.settings.secret_keys)


def copy_to(sent: SentIssue, address: str) -> Copy:
    line, edition = sent.line(address), sent.edition()
    message_id = delivery_message_id(edition.id, line.subscriber_id, edition.frozen_at, "b.example")
    return Copy(sent.context, line, address, message_id)


def a_bounce(
    *, to: str, about: str, returned: str = "", status: str = "5.1.1", action: str = "failed"
) -> bytes:
    """A report [RFC 3464] of an unknown user. `returned` are headers of the returned message."""
    return "\r\n".join(
        (
            "From: MAILER-DAEMON@mx.example.net",
            f"To: {to}",
            "Subject: Undelivered Mail Returned to Sender",
            "Message-ID: <report@mx.example.net>",
            "MIME-Version: 1.0",
            "Content-Type: multipart/report; report-type=delivery-status; boundary=B",
            "",
            "--B",
            "",
            "It could not be delivered.",
            "--B",
            "Content-Type: message/delivery-status",
            "",
            "Reporting-MTA: dns; mx.example.net",
            "",
            f"Final-Recipient: rfc822; {about}",
            f"Action: {action}",
            f"Status: {status}",
            f"Diagnostic-Code: smtp; 550 {status} <{about}>: User unknown",
            "",
            "--B",
            "Content-Type: text/rfc822-headers",
            "",
            returned or "Subject: On slow tools",
            "",
            "--B--",
            "",
        )
    ).encode()


def a_complaint(*, to: str, returned: str) -> bytes:
    """A report by a mailbox provider [RFC 5965]."""
    return "\r\n".join(
        (
            "From: feedback@isp.example",
            f"To: {to}",
            "Subject: Spam report",
            "Message-ID: <complaint@isp.example>",
            "Date: Sun, 22 Nov 2026 12:00:00 +0000",
            "MIME-Version: 1.0",
            "Content-Type: multipart/report; report-type=feedback-report; boundary=B",
            "",
            "--B",
            "",
            "This is an email abuse report.",
            "--B",
            "Content-Type: message/feedback-report",
            "",
            "Feedback-Type: abuse",
            "User-Agent: Isp/1.0",
            "Version: 1",
            "",
            "--B",
            "Content-Type: message/rfc822",
            "",
            returned,
            "Subject: On slow tools",
            "",
            "Text",
            "--B--",
            "",
        )
    ).encode()


def a_mail(*, to: str, subject: str, text: str = "Hello.", **headers: str) -> bytes:
    """By a person, unless its headers say otherwise."""
    own = {"From": "Bob <bob@example.net>", "To": to, "Subject": subject}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in (own | named).items()]
    return "\r\n".join((*lines, "", text, "")).encode()
