"""The text of a report without the copy that it returns, and what it says of one recipient."""

from __future__ import annotations

import re
from html import unescape

from newsletter.mail.inbound.parts import Part

_MAX_SEGMENT_LINES = 12
_MAX_LOOK = 100_000
MAX_BODY = 20_000
MAX_RECIPIENTS = 50
"""Of one report. A copy of ours has one."""
_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:|\\]{1,64}@[A-Za-z0-9\u0080-\uffff.-]{1,255}")
_COPY = re.compile(
    r"^[ \t>*=~_-]*("
    r"reporting-mta:|below (this line )?is a copy"
    r"|original message( (headers )?follows?)?\b[ \t.:=-]*$|original message( headers)?:?"
    r"|(this is|here is|included is|enclosed is|attached is) a copy of the (original )?(message"
    r"|body)"
    r"|the (header|headers|body|text) of the (original )?message"
    r"|the original message( (follows|was|is over))?\b[^\n]{0,40}(attach|follow|includ|header"
    r"|is over)"
    r"|message headers? follows?|returned message|unsent message|undelivered message"
    r"|(original )?message (text|header|source)|begin (of )?(returned|original) message"
    r"|ursprüngliche nachricht|message d.origine|mensaje original|mensagem original"
    r"|исходное сообщение"
    r"|included is a copy|the first \d+ lines|--- ?mime|message de départ"
    r")",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER_LINE = re.compile(
    r"^(return-path|received|message-id|dkim-signature): ?\S", re.IGNORECASE | re.MULTILINE
)


def human_text(root: Part) -> str:
    """What the report says to people: its text, or its HTML where there is no text."""
    texts = [part.text for part in root.walk() if part.media_type == "text/plain" and part.text]
    if not any(text.strip() for text in texts):
        texts = [_plain(part.text) for part in root.walk() if part.media_type == "text/html"]
    return "\n".join(texts)


def report_text(root: Part) -> str:
    """What the report says to people, bounded, without the copy that it returns."""
    return split_copy(human_text(root)[:_MAX_LOOK])[0][:MAX_BODY]


def split_copy(text: str) -> tuple[str, str]:
    """What the report says, and the beginning of the message that it returns."""
    cuts = [found.start() for pattern in (_COPY, _HEADER_LINE) if (found := pattern.search(text))]
    at = min((cut for cut in cuts if text[:cut].strip()), default=len(text))
    header = _HEADER_LINE.search(text, at)
    return text[:at], text[header.start() :] if header else ""


def addresses_in(text: str) -> list[str]:
    """Each once, in order."""
    found = (one.strip(".-") for one in _ADDRESS.findall(text))
    return list(dict.fromkeys(one for one in found if "." in one.partition("@")[2]))


def segment_about(text: str, recipient: str) -> str:
    """From the line that names `recipient`, some lines on. "" if none does."""
    if not recipient:
        return ""
    lines = text.split("\n")
    name = recipient.lower()
    start = next((n for n, line in enumerate(lines) if name in line.lower()), None)
    if start is None:
        return ""
    taken = [lines[start]]
    for line in lines[start + 1 : start + _MAX_SEGMENT_LINES]:
        begins = line.lstrip(" \t<>*-").lower()
        if any(begins.startswith(one.lower()) for one in addresses_in(line) if one.lower() != name):
            break
        taken.append(line)
    return "\n".join(taken)


def _plain(html: str) -> str:
    text = re.sub(r"(?is)<(script|style)\b.{0,20000}?</\1>", " ", html)
    text = re.sub(r"(?i)<(?:br|/p|/tr|/div|/li|/td|/h\d)\b[^<>]{0,200}>", "\n", text)
    return unescape(re.sub(r"<[^<>]{0,2000}>", " ", text))
