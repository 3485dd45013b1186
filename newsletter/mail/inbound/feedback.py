"""One message that came back, read into what it says of each recipient.

Any bytes give an answer, in time that grows with their number alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from newsletter.domain.feedback import Clues, Feedback, FeedbackVerdict
from newsletter.domain.report_rules import Report, decide
from newsletter.mail.inbound.answers import read_answer
from newsletter.mail.inbound.complaints import read_complaints
from newsletter.mail.inbound.delivery_reports import read_delivery_reports
from newsletter.mail.inbound.parts import Part, read_parts
from newsletter.mail.inbound.plain_reports import is_plain_report, read_plain_reports
from newsletter.mail.inbound.returned import read_clues


def read_feedback(message: bytes, recipients: Sequence[str] = ()) -> tuple[list[Feedback], Clues]:
    """`recipients` are those of the envelope, where a door knows them. The list is never empty."""
    root = read_parts(message)
    feedback = _feedback(root)
    reported = tuple(dict.fromkeys(one.recipient for one in feedback if one.recipient))
    return feedback, read_clues(root, tuple(recipients), reported)


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
