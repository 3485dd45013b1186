"""One message that came back, read into what it says of each recipient.

Any bytes give an answer, in time that grows with their number alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from newsletter.domain.feedback.inbound import Door
from newsletter.domain.feedback.report_rules import Report, decide
from newsletter.domain.feedback.verdicts import Clues, Feedback, FeedbackVerdict
from newsletter.mail.inbound.answers import read_answer
from newsletter.mail.inbound.complaints import read_complaints
from newsletter.mail.inbound.delivery_reports import read_delivery_reports
from newsletter.mail.inbound.parts import Part, read_parts
from newsletter.mail.inbound.plain_reports import is_plain_report, read_plain_reports
from newsletter.mail.inbound.provider_events import read_event
from newsletter.mail.inbound.returned import read_clues


def read_feedback(message: bytes, recipients: Sequence[str] = ()) -> tuple[list[Feedback], Clues]:
    """`recipients` are those of the envelope, where a door knows them. The list is never empty."""
    root = read_parts(message)
    event = _event_by_mail(root)
    if event is not None:
        return read_event(Door.SES, event)
    feedback = _feedback(root)
    reported = tuple(dict.fromkeys(one.recipient for one in feedback if one.recipient))
    return feedback, read_clues(root, tuple(recipients), reported)


def _event_by_mail(root: Part) -> bytes | None:
    """SNS mails the events of SES, too. It may be anyone's mail: this proves nothing."""
    text = root.text.lstrip()
    if not text.startswith("{") or '"notificationType"' not in text[:4000]:
        return None
    try:
        event, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return json.dumps(event).encode()


def _feedback(root: Part) -> list[Feedback]:
    complaints = read_complaints(root)
    if complaints:
        return complaints
    reports = read_delivery_reports(root)
    if reports:
        return [_judged(report) for report in reports]
    answer = read_answer(root)
    if is_plain_report(root, by_machine=answer.verdict is FeedbackVerdict.AUTOMATIC):
        inner = _reports_inside(root)
        return [_judged(report) for report in inner or read_plain_reports(root)]
    return [answer]


def _reports_inside(root: Part) -> list[Report]:
    """A report on a report: gateways and people forward them whole."""
    for part in root.walk():
        for message in part.children if part.holds_message else ():
            if message.header("content-type").lower().startswith("multipart/report"):
                return read_delivery_reports(message)
    return []


def _judged(report: Report) -> Feedback:
    decision = decide(report)
    return Feedback(
        recipient=report.recipient,
        verdict=decision.verdict,
        status=report.best_status,
        reply=str(report.code or ""),
        diagnostic=report.text or report.context,
        reason=decision.reason,
        rule=decision.rule,
    )
