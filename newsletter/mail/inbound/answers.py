"""A message that reports nothing, read for the table that tells people from machines."""

from __future__ import annotations

import re

from newsletter.domain.feedback.answer_rules import Answer, decide_answer
from newsletter.domain.feedback.verdicts import Feedback
from newsletter.mail.inbound.parts import Part
from newsletter.mail.inbound.quoted_replies import one_line
from newsletter.mail.inbound.report_bodies import addresses_in, human_text

_MAX_TEXT = 4000
_QUOTATION = re.compile(
    r"^([ \t]*>|-{2,} ?(original message|ursprüngliche nachricht|message d.origine)|_{20,}"
    r"|on .{5,100} wrote:|am .{5,100} schrieb|le .{5,100} a écrit|el .{5,100} escribió|-- ?$)",
    re.IGNORECASE | re.MULTILINE,
)


def read_answer(root: Part) -> Feedback:
    text = _written(human_text(root))
    headers: dict[str, str] = {}
    for name, value in root.headers:
        headers.setdefault(name, value)
    rule = decide_answer(Answer(headers, headers.get("subject", ""), text))
    writer = next(iter(addresses_in(headers.get("from", ""))), "")
    return Feedback(
        writer, rule.verdict, diagnostic=one_line(text), reason=rule.reason, rule=rule.name
    )


def _written(text: str) -> str:
    """Above the first line that quotes or signs."""
    found = _QUOTATION.search(text)
    return text[: found.start() if found else len(text)].strip()[:_MAX_TEXT]
