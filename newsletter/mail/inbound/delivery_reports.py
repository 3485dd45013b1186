"""Delivery status notifications [RFC 3464, 6522, 6533]: what their fields say of each recipient."""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.domain.feedback.report_rules import Report
from newsletter.mail.inbound.parts import Part, read_header
from newsletter.mail.inbound.quoted_replies import find_status, one_line, quoted_reply
from newsletter.mail.inbound.report_bodies import MAX_RECIPIENTS, report_text, segment_about

_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_READ_RECEIPT = "message/disposition-notification"  # [RFC 8098] has the same first fields
_ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
_IN_TEXT = re.compile(r"^(final-recipient|original-recipient)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_COMMAND_TYPES = ("x-unix",)
_HEX_POINT = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_COMMENT = re.compile(r"\([^()]{0,500}\)")


@dataclass(frozen=True, slots=True)
class _Fields:
    """The block of one recipient."""

    values: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


def read_delivery_reports(root: Part) -> list[Report]:
    """Empty when no part has the fields of a notification."""
    human = report_text(root)
    blocks = [fields for text in _status_texts(root) for fields in _blocks(text)]
    alone = len(blocks) == 1
    return [_report(fields, human, alone=alone) for fields in blocks[:MAX_RECIPIENTS]]


def _status_texts(root: Part) -> list[str]:
    found = [part.text for part in root.walk() if part.media_type in _STATUS_TYPES]
    if not any(_IN_TEXT.search(text) for text in found):
        # Some write the fields into the text instead, or name the part wrongly.
        found += [
            part.text
            for part in root.walk()
            if part.media_type != _READ_RECEIPT and _IN_TEXT.search(part.text)
        ]
    return found


def _blocks(text: str) -> list[_Fields]:
    """Those that name a recipient. Fields before a blank line may be missing it."""
    blocks = []
    for chunk in re.split(r"\n[ \t]*\n", text.strip("\n")):
        fields: dict[str, str] = {}
        for name, value in read_header(_from_first_field(chunk).encode("utf-8", "replace")):
            fields.setdefault(name, value)
        if "final-recipient" in fields or "original-recipient" in fields:
            blocks.append(_Fields(fields))
    return blocks


def _from_first_field(chunk: str) -> str:
    return chunk.lstrip(" \t>")


def _report(fields: _Fields, human: str, *, alone: bool) -> Report:
    recipient = _address(fields["final-recipient"])
    if "@" not in recipient.strip("@") or recipient.startswith("@"):
        recipient = _address(fields["original-recipient"]) or recipient
    kind, _, diagnostic = _typed(fields["diagnostic-code"])
    about = segment_about(human, recipient) or (human if alone else "")
    reply = quoted_reply(diagnostic or (human if alone else about), about)
    action = _COMMENT.sub("", fields["action"]).strip().lower()
    return Report(
        recipient=recipient,
        action=action if action in _ACTIONS else "",
        status=find_status(fields["status"]) or _success(fields["status"]),
        code=reply.code,
        enhanced=reply.enhanced,
        text=one_line(f"{reply.text} {_comment(fields['status'])}"),
        stage=reply.stage,
        context=one_line(human if alone else about),
        is_notification=bool(fields["final-recipient"] and action and fields["status"]),
        by_command=kind in _COMMAND_TYPES,
    )


def _success(status: str) -> str:
    found = re.match(r"\s*(2\.\d{1,3}\.\d{1,3})", status)
    return found[1] if found else ""


def _comment(status: str) -> str:
    """The words in brackets that some put behind the code."""
    return " ".join(found[1:-1] for found in _COMMENT.findall(status))


def _typed(value: str) -> tuple[str, str, str]:
    """The type and the value of `smtp; 550 …`. Where there is no type, all of it is the value."""
    kind, semicolon, rest = value.partition(";")
    if semicolon and re.fullmatch(r"\s*[\w-]{2,40}\s*", kind):
        return kind.strip().lower(), semicolon, rest.strip()
    return "", "", value.strip()


def _address(value: str) -> str:
    """Out of `rfc822; <a@b.example>` or `utf-8; \\x{4f60}@b.example` [RFC 6533 3]."""
    text = _typed(value)[2]
    text = _HEX_POINT.sub(lambda found: _character(int(found[1], 16)), text)
    found = re.search(r"<([^<>]*)>", text)
    return (found[1] if found else text).strip().strip("<>").strip()[:320]


def _character(point: int) -> str:
    return chr(point) if 0x20 <= point <= 0x10FFFF and not 0xD800 <= point <= 0xDFFF else "\ufffd"
