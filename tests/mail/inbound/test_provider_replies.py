"""What large providers and gateways reply, quoted by the server that asked them."""

import pytest

from newsletter.mail.inbound.feedback import read_feedback
from tests.mail.inbound.samples import failed, notification

REPLIES = [
    ("5.1.1", "550-5.1.1 The email account that you tried to reach does not exist.", "hard"),
    ("5.2.2", "552-5.2.2 The recipient's inbox is out of storage space.", "soft"),
    ("5.7.26", "550-5.7.26 Your email has been blocked: the sender is unauthenticated.", "blocked"),
    (
        "4.7.32",
        "421-4.7.32 Rate limited: From: isn't aligned with the authenticated SPF or DKIM domain.",
        "blocked",
    ),
    ("5.5.0", "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).", "hard"),
    (
        "5.7.1",
        "550 5.7.1 Messages from [192.0.2.1] weren't sent. They are on our block list (S3150).",
        "blocked",
    ),
    ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address", "hard"),
    ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied. [AM7EUR03FT0]", "hard"),
    ("5.2.2", "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceeded", "soft"),
    ("5.0.0", "554 delivery error: dd This user doesn't have a yahoo.com account", "hard"),
    (
        "4.7.0",
        "421 4.7.0 [TSS04] Messages temporarily deferred due to volume or user complaints",
        "blocked",
    ),
    (
        "5.0.0",
        "554-gmx.net Service not available 554-No SMTP service 554-Bad DNS PTR resource record.",
        "blocked",
    ),
    ("5.0.0", "550 Message was not accepted -- invalid mailbox. user not found", "hard"),
    ("5.0.0", "550 Local mailbox is unavailable: user is over quota", "soft"),
    ("5.7.1", "550 5.7.1 No such user!", "hard"),
    ("5.0.0", "550 Mailbox not found. http://service.mail.qq.com/cgi-bin/help", "hard"),
    ("5.0.0", "550 Connection frequency limited. http://service.mail.qq.com", "blocked"),
    ("5.0.0", "554 Client host [192.0.2.1] blocked using Barracuda Reputation", "blocked"),
    ("5.0.0", "550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369", "hard"),
    ("5.0.0", "550 Rejected by header based Anti-Spoofing policy: a@b", "blocked"),
    ("5.0.0", "554 Blocked - see https://support.proofpoint.com/dnsbl-lookup.cgi", "blocked"),
    ("5.0.0", "554 IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help)", "blocked"),
    ("5.1.10", "556 5.1.10 Recipient address rejected: Domain does not accept mail", "hard"),
]


@pytest.mark.parametrize(("status", "reply", "verdict"), REPLIES)
def test_a_reply_is_understood_by_its_kind(status: str, reply: str, verdict: str) -> None:
    report = notification(failed(status, reply))
    [feedback] = read_feedback(report)[0]
    assert feedback.verdict == verdict
