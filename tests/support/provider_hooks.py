"""Requests as mail providers' webhooks send them, signed with keys of the test's own."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from newsletter.net.hooks.request import HookRequest

TOPIC = "arn:aws:sns:eu-central-1:123456789012:feedback"
CERTIFICATE_URL = (
    "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
)
CONFIRM_URL = (
    "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription"
    f"&TopicArn={TOPIC}&Token=abc123"
)
LOGIN = "hook:s3cret"
MAILGUN_KEY = "key-0123456789"

_SENDGRID_KEY = ec.generate_private_key(ec.SECP256R1())
_SNS_KEY = rsa.generate_private_key(65537, 2048)
SENDGRID_KEY = base64.b64encode(
    _SENDGRID_KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
).decode()


def sns_certificate(now: datetime) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder(name, name, _SNS_KEY.public_key(), 1)
    builder = builder.not_valid_before(now - timedelta(days=1))
    builder = builder.not_valid_after(now + timedelta(days=30))
    return builder.sign(_SNS_KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def sns_message(at: datetime, *, version: str = "2", **fields: str) -> dict[str, str]:
    """Signed. `fields` are those of the message, over a notification's."""
    message = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": json.dumps(ses_bounce()),
        "Timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.000Z",
        **fields,
    }
    signed = "".join(f"{name}\n{message[name]}\n" for name in sorted(message))
    digest = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303
    signature = _SNS_KEY.sign(signed.encode(), padding.PKCS1v15(), digest)
    return {
        **message,
        "SignatureVersion": version,
        "Signature": base64.b64encode(signature).decode(),
        "SigningCertURL": CERTIFICATE_URL,
        "UnsubscribeURL": "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe",
    }


def sns(message: dict[str, Any]) -> HookRequest:
    return HookRequest({"content-type": "text/plain; charset=UTF-8"}, json.dumps(message).encode())


def ses_bounce(**bounce: Any) -> dict[str, Any]:
    recipient = {
        "emailAddress": "reader@mx.example",
        "action": "failed",
        "status": "5.1.1",
        "diagnosticCode": "smtp; 550 5.1.1 user unknown",
    }
    return {
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [recipient],
            "timestamp": "2026-03-03T10:00:00.000Z",
            "feedbackId": "0100019",
            **bounce,
        },
        "mail": {
            "source": "b+7-9.abcdefghijklmnop@bounce.example",
            "messageId": "0100019-0000",
            "destination": ["reader@mx.example"],
            "headers": [{"name": "Message-ID", "value": "<d7.9.20260101@example.com>"}],
        },
    }


def postmark(event: dict[str, Any], login: str = LOGIN) -> HookRequest:
    word = base64.b64encode(login.encode()).decode()
    return HookRequest({"authorization": f"Basic {word}"}, json.dumps(event).encode())


def postmark_bounce(**fields: Any) -> dict[str, Any]:
    return {
        "RecordType": "Bounce",
        "ID": 42,
        "Type": "HardBounce",
        "TypeCode": 1,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Description": "The server was unable to deliver your message.",
        "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
        "Email": "reader@mx.example",
        "From": "news@example.com",
        "BouncedAt": "2026-03-03T10:00:00Z",
        "MessageStream": "broadcast",
        **fields,
    }


def mailgun(event: dict[str, Any], at: datetime, token: str = "token-1") -> HookRequest:  # noqa: S107
    timestamp = str(int(at.timestamp()))
    signature = hmac.digest(MAILGUN_KEY.encode(), f"{timestamp}{token}".encode(), "sha256").hex()
    body = {
        "signature": {"timestamp": timestamp, "token": token, "signature": signature},
        "event-data": event,
    }
    return HookRequest({"content-type": "application/json"}, json.dumps(body).encode())


def mailgun_failure(**fields: Any) -> dict[str, Any]:
    return {
        "event": "failed",
        "severity": "permanent",
        "reason": "bounce",
        "id": "G9Bn5sl1TC6nu79C8C0bwg",
        "timestamp": 1521233195.375624,
        "recipient": "reader@mx.example",
        "delivery-status": {
            "code": 550,
            "message": "5.1.1 The email account that you tried to reach does not exist.",
            "description": "",
        },
        "message": {"headers": {"message-id": "d7.9.20260101@example.com"}},
        "envelope": {"sender": "b+7-9.abcdefghijklmnop@bounce.example"},
        **fields,
    }


def sendgrid(events: Any, at: datetime) -> HookRequest:
    body = json.dumps(events).encode()
    timestamp = str(int(at.timestamp()))
    signature = _SENDGRID_KEY.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return HookRequest(
        {
            "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
            "x-twilio-email-event-webhook-timestamp": timestamp,
        },
        body,
    )


def sendgrid_event(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "email": "reader@mx.example",
        "timestamp": 1513299569,
        "smtp-id": "<d7.9.20260101@example.com>",
        "event": "bounce",
        "type": "bounce",
        "sg_event_id": f"event-{number}",
        "sg_message_id": "14c5d75ce93.dfd.64b469",
        "reason": "550 5.1.1 no such user",
        "status": "5.1.1",
        **fields,
    }
