"""Events of mail providers' webhooks, read as what they say of one copy.

Whose copy it was, they say by our own envelope sender or Message-ID
where they keep it, else by the address that the provider took the copy for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from newsletter.domain.feedback.inbound import Door
from newsletter.domain.feedback.report_rules import Report, decide
from newsletter.domain.feedback.verdicts import Clues, Feedback, FeedbackVerdict
from newsletter.mail.inbound.quoted_replies import quoted_reply

_V = FeedbackVerdict
_NOTHING_DECIDED = frozenset({"reply", "failed"})
"""Rules that say only that it failed: then the provider's own classes count."""

_Fields = dict[str, Any]
_ACCEPTED = re.compile(r"\A2\.\d{1,3}\.\d{1,3}")

_SES_DEAD = frozenset({"NoEmail", "Suppressed", "OnAccountSuppressionList"})
_SES_BLOCKED = frozenset({"ContentRejected", "AttachmentRejected", "MessageTooLarge"})

_POSTMARK_TYPES = {
    "HardBounce": _V.HARD,
    "BadEmailAddress": _V.HARD,
    "ManuallyDeactivated": _V.HARD,
    "SpamComplaint": _V.COMPLAINT,
    "Unsubscribe": _V.UNSUBSCRIBE,
    "AutoResponder": _V.AUTOMATIC,
    "ChallengeVerification": _V.AUTOMATIC,
    "Subscribe": _V.AUTOMATIC,
    "SpamNotification": _V.BLOCKED,
    "Blocked": _V.BLOCKED,
    "DMARCPolicy": _V.BLOCKED,
    "VirusNotification": _V.BLOCKED,
    "OpenRelayTest": _V.BLOCKED,
    "SMTPApiError": _V.BLOCKED,
}
_SENDGRID_EVENTS = {
    "delivered": _V.DELIVERED,
    "deferred": _V.DELAY,
    "spamreport": _V.COMPLAINT,
    "unsubscribe": _V.UNSUBSCRIBE,
    "group_unsubscribe": _V.UNSUBSCRIBE,
}
_SENDGRID_DROPPED = {
    "bounced address": _V.HARD,
    "invalid": _V.HARD,
    "spam reporting address": _V.COMPLAINT,
    "unsubscribed address": _V.UNSUBSCRIBE,
}
_MAILGUN_EVENTS = {
    "delivered": _V.DELIVERED,
    "complained": _V.COMPLAINT,
    "unsubscribed": _V.UNSUBSCRIBE,
    "rejected": _V.BLOCKED,
}
_MAILGUN_REASONS = {
    "suppress-bounce": _V.HARD,
    "suppress-complaint": _V.COMPLAINT,
    "suppress-unsubscribe": _V.UNSUBSCRIBE,
}


def read_event(door: Door, content: bytes) -> tuple[list[Feedback], Clues]:
    """The list is empty for events that say nothing of an arrival, such as opens and clicks."""
    try:
        event = json.loads(content)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        return [Feedback("", _V.UNKNOWN, rule=f"{door}-unreadable")], Clues()
    feedback, clues = _READERS[door](event)
    named = tuple(one.recipient for one in feedback if one.recipient)
    return feedback, replace(clues, reported=named)


def _ses(event: _Fields) -> tuple[list[Feedback], Clues]:
    mail = _object(event, "mail")
    ids = (_object(mail, "commonHeaders").get("messageId"), *_headers(mail, "message-id"))
    paths = (mail.get("source"), *_headers(mail, "return-path"))
    clues = Clues(return_paths=_texts(paths), message_ids=_texts(ids))
    kind = str(event.get("notificationType") or event.get("eventType") or "")
    return list(_ses_feedback(kind, event)), clues


def _ses_feedback(kind: str, event: _Fields) -> Iterable[Feedback]:
    match kind:
        case "Bounce":
            yield from _ses_bounces(_object(event, "bounce"))
        case "Complaint":
            yield from _ses_complaints(_object(event, "complaint"))
        case "Delivery":
            yield from _ses_deliveries(_object(event, "delivery"))
        case "DeliveryDelay":
            for one in _objects(_object(event, "deliveryDelay"), "delayedRecipients"):
                yield _decided(one, "emailAddress", "diagnosticCode", _V.DELAY, "ses-delay")
        case "Subscription":
            yield from _ses_preferences(event)
        case "Reject" | "Rendering Failure":
            for recipient in _list(_object(event, "mail"), "destination"):
                yield Feedback(str(recipient), _V.BLOCKED, reason="rejected", rule="ses-reject")


def _ses_preferences(event: _Fields) -> Iterable[Feedback]:
    chosen = _object(_object(event, "subscription"), "newTopicPreferences")
    if chosen.get("unsubscribeAll") is True:
        for recipient in _list(_object(event, "mail"), "destination"):
            yield Feedback(str(recipient), _V.UNSUBSCRIBE, reason="asked", rule="ses-subscription")


def _ses_deliveries(delivery: _Fields) -> Iterable[Feedback]:
    code, _, words = str(delivery.get("smtpResponse") or "")[:1000].partition(" ")
    for recipient in _list(delivery, "recipients"):
        yield Feedback(
            str(recipient),
            _V.DELIVERED,
            status=next(iter(_ACCEPTED.findall(words)), ""),
            reply=code if code.isdigit() else "",
            diagnostic=words,
            reason="delivered",
            rule="ses-delivery",
        )


def _ses_bounces(bounce: _Fields) -> Iterable[Feedback]:
    kind = str(bounce.get("bounceSubType", ""))
    verdict = _V.HARD if kind in _SES_DEAD else _V.BLOCKED if kind in _SES_BLOCKED else _V.SOFT
    for one in _objects(bounce, "bouncedRecipients"):
        yield _decided(one, "emailAddress", "diagnosticCode", verdict, f"ses-{kind.lower()[:40]}")


def _ses_complaints(complaint: _Fields) -> Iterable[Feedback]:
    is_taken_back = complaint.get("complaintFeedbackType") == "not-spam"
    for one in _objects(complaint, "complainedRecipients"):
        address = str(one.get("emailAddress", ""))
        verdict, reason = (
            (_V.AUTOMATIC, "not-spam") if is_taken_back else (_V.COMPLAINT, "complaint")
        )
        yield Feedback(address, verdict, reason=reason, rule="ses-complaint")


def _postmark(event: _Fields) -> tuple[list[Feedback], Clues]:
    record = str(event.get("RecordType", ""))
    address = str(event.get("Email") or event.get("Recipient") or "")
    match record:
        case "Bounce":
            kind = str(event.get("Type", ""))
            verdict = _POSTMARK_TYPES.get(kind, _V.SOFT)
            found = [_decided(event, "Email", "Details", verdict, f"postmark-{kind.lower()[:40]}")]
        case "SpamComplaint":
            found = [Feedback(address, _V.COMPLAINT, reason="complaint", rule="postmark-complaint")]
        case "SubscriptionChange" if event.get("SuppressSending") is True:
            found = [_postmark_suppression(event, address)]
        case "Delivery":
            found = [Feedback(address, _V.DELIVERED, rule="postmark-delivery")]
        case _:
            found = []
    return found, Clues()


def _postmark_suppression(event: _Fields, address: str) -> Feedback:
    reason = str(event.get("SuppressionReason", ""))
    verdict = _POSTMARK_TYPES.get(reason, _V.UNSUBSCRIBE)
    if reason == "ManualSuppression":
        verdict = _V.UNSUBSCRIBE
    return Feedback(address, verdict, reason="suppressed", rule="postmark-subscription-change")


def _mailgun(event: _Fields) -> tuple[list[Feedback], Clues]:
    message_id = _object(_object(event, "message"), "headers").get("message-id")
    paths = _texts([_object(event, "envelope").get("sender")])
    clues = Clues(return_paths=paths, message_ids=_texts([_bracketed(message_id)]))
    kind = str(event.get("event", ""))
    address = str(event.get("recipient", ""))
    if kind == "failed":
        return [_mailgun_failure(event, address)], clues
    verdict = _MAILGUN_EVENTS.get(kind)
    found = [Feedback(address, verdict, reason=kind, rule=f"mailgun-{kind}")] if verdict else []
    return found, clues


def _mailgun_failure(event: _Fields, address: str) -> Feedback:
    reason = str(event.get("reason", ""))
    status = _object(event, "delivery-status")
    words = [str(status.get(name) or "") for name in ("code", "enhanced-code", "message")]
    said = " ".join(word for word in [*words, str(status.get("description") or "")] if word)
    if event.get("severity") == "temporary":
        return Feedback(address, _V.DELAY, diagnostic=said[:1000], rule="mailgun-temporary")
    known = _MAILGUN_REASONS.get(reason)
    if known:
        return Feedback(address, known, diagnostic=said[:1000], reason=reason, rule="mailgun-list")
    fields = {"address": address, "said": said}
    return _decided(fields, "address", "said", _V.SOFT, "mailgun-permanent")


def _sendgrid(event: _Fields) -> tuple[list[Feedback], Clues]:
    clues = Clues(message_ids=_texts([_bracketed(event.get("smtp-id"))]))
    kind = str(event.get("event", ""))
    address = str(event.get("email", ""))
    if kind == "bounce":
        # "blocked" is what SendGrid calls a refusal that may pass.
        verdict = _V.BLOCKED if event.get("type") == "blocked" else _V.SOFT
        invalid = str(event.get("bounce_classification", "")).lower() == "invalid address"
        rule = "sendgrid-invalid-address" if invalid else "sendgrid-bounce"
        return [_decided(event, "email", "reason", _V.HARD if invalid else verdict, rule)], clues
    known = _SENDGRID_EVENTS.get(kind)
    if kind == "dropped":
        known = _SENDGRID_DROPPED.get(str(event.get("reason", "")).lower(), _V.BLOCKED)
    if known is None:
        return [], clues
    reason = str(event.get("reason") or kind)[:100]
    return [Feedback(address, known, reason=reason, rule=f"sendgrid-{kind}")], clues


def _decided(fields: _Fields, address: str, words: str, otherwise: _V, rule: str) -> Feedback:
    """By the reply that is quoted; where that decides nothing, `otherwise`."""
    said = str(fields.get(words) or "")[:2000]
    reply = quoted_reply(said.removeprefix("smtp;"))
    report = Report(
        action="failed",
        status=str(fields.get("status") or "")[:20],
        code=reply.code,
        enhanced=reply.enhanced,
        text=reply.text,
        stage=reply.stage,
        is_notification=True,
    )
    decision = decide(report)
    by_provider = decision.rule in _NOTHING_DECIDED or otherwise in _STANDING
    return Feedback(
        recipient=str(fields.get(address) or ""),
        verdict=otherwise if by_provider else decision.verdict,
        status=report.best_status,
        reply=str(reply.code or ""),
        diagnostic=reply.text,
        reason=rule if by_provider else decision.reason,
        rule=rule if by_provider else decision.rule,
    )


_STANDING = frozenset({_V.COMPLAINT, _V.UNSUBSCRIBE, _V.AUTOMATIC, _V.DELAY})
"""No reply's words say better what these are."""


def _headers(mail: _Fields, name: str) -> list[Any]:
    return [
        one.get("value")
        for one in _objects(mail, "headers")
        if str(one.get("name", "")).lower() == name
    ]


def _object(fields: _Fields, name: str) -> _Fields:
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def _list(fields: _Fields, name: str) -> list[Any]:
    value = fields.get(name)
    return value[:50] if isinstance(value, list) else []


def _objects(fields: _Fields, name: str) -> list[_Fields]:
    return [one for one in _list(fields, name) if isinstance(one, dict)]


def _texts(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.strip() for one in values if isinstance(one, str) and one))


def _bracketed(message_id: Any) -> str:
    text = str(message_id or "").strip()
    return f"<{text}>" if text and not text.startswith("<") else text


_READERS: dict[Door, Callable[[_Fields], tuple[list[Feedback], Clues]]] = {
    Door.SES: _ses,
    Door.POSTMARK: _postmark,
    Door.MAILGUN: _mailgun,
    Door.SENDGRID: _sendgrid,
}
