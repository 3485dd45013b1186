"""Gateways and providers that write reports in forms of their own."""

import pytest

from newsletter.mail.inbound.feedback import read_feedback
from tests.mail.inbound.samples import text_report

OTHERS = [
    # Domino.
    (
        "DELIVERY FAILURE: User Reader (reader@mx.example) not listed in Domino Directory",
        (
            "Your message\n\n  Subject: Links\n\nwas not delivered to:\n\n  reader@mx.example\n\n"
            "because:\n\n"
            "  User Reader (reader@mx.example) not listed in Domino Directory"
        ),
        "hard",
    ),
    # IMail.
    ("Undeliverable Mail", "Invalid final delivery userid: reader@mx.example", "hard"),
    ("Undeliverable Mail", "User mailbox exceeds allowed size: reader@mx.example", "soft"),
    ("Undeliverable Mail", "Delivery failed 20 attempts: reader@mx.example", "soft"),
    # A gateway that says only at the top what is wrong.
    ("Returned mail: User unknown", "The message to <reader@mx.example> is returned.", "hard"),
    # A telephone company.
    (
        "Mail",
        (
            "Your mail sent on: Thu, 5 Mar 2026\nCould not be delivered to: <reader@mx.example>\n"
            "As their mailbox is full."
        ),
        "soft",
    ),
    # OpenSMTPD.
    (
        "Delivery status notification: warning",
        (
            "A message is delayed for more than 10 minutes for the following recipients:\n\n"
            "reader@mx.example: Network error on destination MXs\n\n"
            "This is only a temporary failure report."
        ),
        "delay",
    ),
    # A group that one has to join first.
    (
        "Delivery Status Notification (Failure)",
        (
            "Hello news@example.com,\n\nWe're writing to let you know that the group you tried to "
            "contact"
            " (cats) may not exist, or you may not have permission to post messages to the group."
        ),
        "blocked",
    ),
    # A gateway that shows the conversation.
    (
        "メッセージを配信できません。",
        "Sent <<< RCPT TO:<reader@mx.example>\nReceived >>> 550 5.1.1 <reader@mx.example>",
        "hard",
    ),
    (
        "Undeliverable Mail: Links",
        (
            "Could not be delivered because of\n\n550 5.1.1 User unknown\n\n"
            "The following recipients were affected:\n    reader@mx.example"
        ),
        "hard",
    ),
    # An old Exchange.
    (
        "Undeliverable: Links",
        (
            "did not reach the following recipient(s):\n\nreader@mx.example on Thu, 5 Mar 2026\n"
            "    The recipient name is not recognized\n    MSEXCH:IMS:MX:SITE 0 (000C05A6) Unknown"
        ),
        "hard",
    ),
    (
        "Mail delivery failed: returning message to sender",
        (
            "The following address\nfailed:\n\n<reader@mx.example>\n\nReason:\n"
            "delivery retry timeout exceeded"
        ),
        "soft",
    ),
    (
        "Returned mail: Service unavailable",
        (
            "   ----- The following addresses had delivery problems -----\nreader@mx.example\n\n"
            "The number of messages in recipient's mailbox exceeded the local limit."
        ),
        "soft",
    ),
    (
        "failure notice",
        (
            "could not be delivered.\n\n<reader@mx.example>:\nchild status 100...It could not"
            " be delivered because the user's mailfolder is full."
        ),
        "soft",
    ),
    # A daemon that gives up on one server after another had said it.
    (
        "Returned mail: Deferred: Connection timed out",
        (
            "   ----- Transcript of session follows -----\nWhile talking to mx.example:\n"
            ">>> RCPT To:<reader@mx.example>\n<<< 550 <reader@mx.example>, User Unknown\n"
            "421 other.example (smtp)... Deferred: Connection timed out"
        ),
        "hard",
    ),
    # A server that says only that it won't, of an address that it may have.
    (
        "Message delivery has failed",
        (
            "Unable to deliver message to: <reader@mx.example>\n"
            "Server mx.example[192.0.2.2] failed with: 550 <reader@mx.example> No such user here"
        ),
        "soft",
    ),
    # The command that was sent last says where the reply came.
    (
        "Message undeliverable: Links",
        (
            "Your message did not reach some or all of the intended recipients.\n\n"
            "reader@mx.example\n   Error Type: SMTP\n"
            "   hMailServer sent: RCPT TO:<reader@mx.example>\n"
            "   Remote server replied: 550 Unknown user\n\nhMailServer"
        ),
        "hard",
    ),
    (
        "failure notice",
        (
            "<reader@mx.example>:\n550 permanent failure for one or more recipients "
            "(reader@mx.example:blocked)"
        ),
        "blocked",
    ),
    (
        "Delivery Status Notification (Failure)",
        (
            "The following message to <reader@mx.example> was undeliverable.\n"
            "The reason for the problem:\n5.3.0 - Other mail system problem 554-'Your access to "
            "this mail system has been rejected due to the sending MTA's poor reputation.'"
        ),
        "blocked",
    ),
    # Nothing but that it failed.
    ("Undeliverable message", "It could not be delivered.\nreader@mx.example\nError 42", "soft"),
    # The mailbox is there, but shut.
    ("failure notice", "<reader@mx.example>: This account has been disabled.", "soft"),
    (
        "failure notice",
        "<reader@mx.example>:\nvdelivermail: account is locked email bounced",
        "soft",
    ),
    (
        "Warning: message delayed",
        (
            "Your message has not yet been delivered to reader@mx.example.\n"
            "Delivery attempts will continue."
        ),
        "delay",
    ),
]


@pytest.mark.parametrize(("subject", "body", "verdict"), OTHERS)
def test_gateways_and_providers_with_their_own_forms_are_understood(
    subject: str, body: str, verdict: str
) -> None:
    [feedback] = read_feedback(text_report(body, subject=subject))[0]
    assert feedback.verdict == verdict
