"""One message that came back, read into what it says of each recipient.

Any bytes give an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from email import message_from_bytes, policy
from email.message import Message
from email.utils import getaddresses

from newsletter.domain.feedback import Clues, Feedback, FeedbackVerdict


def read_feedback(message: bytes, recipients: Sequence[str] = ()) -> tuple[list[Feedback], Clues]:
    """`recipients` are those of the envelope, where a door knows them. The list is never empty."""
    root = message_from_bytes(message, policy=policy.compat32)
    reports = list(_recipients(root))
    feedback = [_judge(report) for report in reports]
    returned = next(
        (part for part in root.walk() if part is not root and "Message-ID" in part), None
    )
    clues = Clues(
        addressed_to=(*recipients, *_addresses(root, "Delivered-To", "X-Original-To", "To")),
        return_paths=_addresses(returned, "Return-Path") if returned else (),
        message_ids=_words(returned, "Message-ID") if returned else (),
        unsubscribe_urls=_words(returned, "List-Unsubscribe") if returned else (),
        replied_to=_words(root, "In-Reply-To", "References"),
        reported=tuple(one.recipient for one in feedback if one.recipient),
        writer=next(iter(_addresses(root, "From")), ""),
    )
    return feedback or [Feedback("", FeedbackVerdict.UNKNOWN, rule="nothing-known")], clues


def _recipients(root: Message) -> Iterator[Message]:
    for part in root.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            yield from (block for block in part.walk() if "Final-Recipient" in block)


def _judge(report: Message) -> Feedback:
    status = str(report.get("Status", "")).strip()
    failed = str(report.get("Action", "")).strip().lower() == "failed"
    dead = failed and status in {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.4"}
    return Feedback(
        recipient=str(report["Final-Recipient"]).rpartition(";")[2].strip(),
        verdict=FeedbackVerdict.HARD if dead else FeedbackVerdict.UNKNOWN,
        status=status,
        diagnostic=" ".join(str(report.get("Diagnostic-Code", "")).split()),
        rule="status" if dead else "nothing-known",
    )


def _addresses(part: Message, *names: str) -> tuple[str, ...]:
    values = [str(value) for name in names for value in part.get_all(name, [])]
    return tuple(address for _, address in getaddresses(values) if address)


def _words(part: Message, *names: str) -> tuple[str, ...]:
    values = [str(value) for name in names for value in part.get_all(name, [])]
    return tuple(word.strip(",") for value in values for word in value.split())
