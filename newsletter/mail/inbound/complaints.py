"""Complaints in the abuse reporting format [RFC 5965, 6650] and in the forms before it."""

from __future__ import annotations

import re

from newsletter.domain.feedback.verdicts import Feedback, FeedbackVerdict
from newsletter.mail.inbound.parts import Part, read_header
from newsletter.mail.inbound.report_bodies import addresses_in
from newsletter.mail.inbound.returned import returned_header

_V = FeedbackVerdict
_KINDS = {
    "abuse": (_V.COMPLAINT, "complaint"),
    "fraud": (_V.COMPLAINT, "complaint-of-fraud"),
    "virus": (_V.COMPLAINT, "complaint-of-virus"),
    "miscategorized": (_V.COMPLAINT, "complaint"),
    "other": (_V.COMPLAINT, "complaint"),
    "complaint": (_V.COMPLAINT, "complaint"),
    "opt-out": (_V.UNSUBSCRIBE, "opt-out"),
    "opt-out-list": (_V.UNSUBSCRIBE, "opt-out-list"),
    "not-spam": (_V.AUTOMATIC, "not-spam"),
    "auth-failure": (_V.BLOCKED, "authentication"),
    "dmarc": (_V.BLOCKED, "authentication"),
}
"""By Feedback-Type. Nobody complains in `not-spam`: the reader took a complaint back."""

_OLD_FORM = re.compile(
    r"^(complaint about message from|email feedback report for ip)\b", re.IGNORECASE
)


def read_complaints(root: Part) -> list[Feedback]:
    """Empty when it is no complaint."""
    reports = [part for part in root.walk() if part.media_type == "message/feedback-report"]
    if reports:
        return [one for part in reports for one in _of_report(part, root)]
    recipient = root.header("x-hmxmroriginalrecipient")
    if recipient or _OLD_FORM.search(root.header("subject")):
        who = recipient or next(iter(addresses_in(returned_header(root, "to"))), "")
        return [Feedback(who, _V.COMPLAINT, reason="complaint", rule="complaint-old-form")]
    if "feedback-report" in root.header("content-type").lower():
        return [Feedback("", _V.COMPLAINT, reason="complaint", rule="complaint-without-fields")]
    return []


def _of_report(part: Part, root: Part) -> list[Feedback]:
    fields = read_header(part.text.strip("\n").encode("utf-8", "replace"))
    kinds = [value.strip().lower() for name, value in fields if name == "feedback-type"]
    kind = kinds[0] if kinds else "other"
    verdict, reason = _KINDS.get(kind, _KINDS["other"])
    recipients = addresses_in(
        " ".join(
            value
            for name, value in fields
            if name in {"original-rcpt-to", "removal-recipient", "original-recipient"}
        )
    )
    told = recipients or addresses_in(returned_header(root, "to"))[:1] or [""]
    return [
        Feedback(one, verdict, reason=reason, rule=f"feedback-type-{_known(kind)}") for one in told
    ]


def _known(kind: str) -> str:
    return kind if kind in _KINDS else "other"
