"""The lines of a chat that say who wrote when, and those that are no words: reactions, “edited”."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_HEAD = 120
LONGEST_NAME = 40
MOST_SHOWN = 10_000

_TIME = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[ \u00a0\u202f]?[AaPp]\.?[Mm]\.?)?(?:[ ]Uhr)?"
_DATE = r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?"
_DAY = r"(?:[^\W\d_]{2,12}\.?,?[ ]{1,2}){0,3}(?:\d{1,2}(?:st|nd|rd|th)?\.?,?[ ])?"
_MONTH = r"(?:(?:[^\W\d_]{3,10}\.?,?[ ])?(?:\d{4},?[ ])?(?:(?:at|um|à|kl\.?)[ ])?)?"
_WHEN = (
    rf"(?:(?:{_DATE},?[ ]{{1,2}}(?:(?:at|um|à)[ ])?|{_DAY}{_MONTH})?{_TIME}"
    rf"(?:,?[ ]{{1,2}}{_DATE})?)"
)
_NAME = rf"(?P<name>[^\W\d_][^:\[\]<>\n]{{0,{LONGEST_NAME - 1}}}?)"
_NAME_OR_NUMBER = rf"(?P<name>[^\s:\[\]<>][^:\[\]<>\n]{{0,{LONGEST_NAME - 1}}}?)"

_WITH_BODY = (
    re.compile(rf"\[{_WHEN}\] ?~? ?{_NAME_OR_NUMBER}: ?(?P<body>.*)"),
    re.compile(rf"{_DATE},? {_TIME} [-–] {_NAME_OR_NUMBER}: ?(?P<body>.*)"),
    re.compile(rf"\[?(?:{_WHEN})\]? <[@+ ]?(?P<name>[^<>\s]{{1,{LONGEST_NAME}}})> (?P<body>.*)"),
)
"""WhatsApp, Signal, Discord; WhatsApp on Android; chats of programmers."""
_ALONE = (
    re.compile(rf"\[{_WHEN}\] {_NAME}"),
    re.compile(rf"{_NAME}(?:,|[ ]?[—–•·]|[ ]{{1,3}})[ ]?\[{_WHEN}\]:?"),
    re.compile(rf"{_NAME}(?:,|[ ]?[—–•·])?[ ]{{1,3}}{_WHEN}"),
)
"""Teams; Telegram; Discord, Signal, Slack."""
_ONLY_WHEN = re.compile(rf"(?P<indent>[ \t]*)\[?{_WHEN}\]?")
_SYSTEM = re.compile(rf"(?:\[{_WHEN}\]|{_DATE},? {_TIME} [-–])[ ](?P<body>[^\n]{{0,300}})")
_LINKED_TIME = re.compile(rf"\[({_WHEN})\]\([^()\s]{{1,500}}\)")
_UNSEEN = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CAPITALS = re.compile(r"(?:[^\W\d_a-z][\w.'’-]*,?[ ]?){1,4}(?:\([^()]{1,20}\))?")
_DASH = re.compile("[—–•·]")
_WORD = re.compile(r"[^\W\d_]")

_EDITED = r"(?:edited|bearbeitet|modifié|editado|modificato|bewerkt|redigeret|redigerad|edytowano)"
_NOISE = re.compile(
    rf"[^\w\s\"'(\[<>#|*`-]{{1,12}}\s?\d{{0,4}}|\d{{1,4}}|(?::[\w+-]{{1,40}}:\s?\d{{0,4}}\s?){{1,12}}"
    rf"|\(?{_EDITED}\)?|new|(?:like|heart|laugh|gefällt mir)\s\d{{1,4}}"
    r"|\d{1,4} (?:repl(?:y|ies)|antwort(?:en)?|réponses?|respuestas?)\b.{0,60}"
    r"|(?:view|show) thread|thread anzeigen|\[?(?:forwarded from|weitergeleitet von)\b.{0,80}"
    r"|(?:image|video|audio|gif|sticker|document|media) omitted"
    r"|[-–— ]{0,10}(?:to|yester)day[-–— ]{0,10}|<[^<>@:/]{3,60}>",
    re.IGNORECASE,
)
_NOISE_BEHIND = re.compile(
    rf"\s{{0,4}}(?:\({_EDITED}\)|<(?=[^<>]{{1,80}}\s)[^<>@:/\n]{{3,80}}>)\s{{0,4}}$",
    re.IGNORECASE,
)
_LONGEST_NOISE = 100


@dataclass(frozen=True, slots=True)
class MessageHead:
    """`body` is what is said on the same line; `lines` is how many the head takes. What is
    `like_event` may as well be the title of one: `Shanty night 20:00`.
    """

    name: str
    body: str = ""
    lines: int = 1
    like_event: bool = False


def head_in(lines: Sequence[str], at: int) -> MessageHead | None:
    """Who wrote a message and when, if that begins here. The name is "" where only the time is."""
    line = _shown(lines[at])
    stripped = line.strip()
    for pattern in _WITH_BODY if stripped[:1] in "[0123456789" else ():
        if found := pattern.match(stripped):
            return MessageHead(found["name"].strip(), found["body"])
    if len(line) > LONGEST_HEAD or not stripped or "://" in line:
        return None
    for pattern in _ALONE:
        if found := pattern.fullmatch(stripped):
            like_event = pattern is _ALONE[-1] and not _DASH.search(stripped)
            return MessageHead(found["name"].strip(), like_event=like_event)
    if _ONLY_WHEN.fullmatch(line.rstrip()) or _SYSTEM.fullmatch(stripped):
        return MessageHead("")
    return _name_above_time(lines, at, stripped)


def _name_above_time(lines: Sequence[str], at: int, name: str) -> MessageHead | None:
    """A name with the time on the line below it."""
    below = _shown(lines[at + 1]) if at + 1 < len(lines) else ""
    if len(below) > LONGEST_HEAD or len(name) > LONGEST_NAME:
        return None
    found = _ONLY_WHEN.fullmatch(below.rstrip())
    if found is None or not _WORD.match(name) or name[-1] in ".!?:…":
        return None
    is_first = at == 0 or not lines[at - 1].strip() or is_noise(lines[at - 1])
    if found["indent"] or is_first or _CAPITALS.fullmatch(name):
        return MessageHead(name, lines=2)
    return None


def is_noise(line: str) -> bool:
    """A reaction with its count, “edited”, a note of the program."""
    shown = _shown(line).strip()
    return len(shown) <= LONGEST_HEAD and bool(_NOISE.fullmatch(shown))


def without_noise(line: str) -> str:
    """Without an “edited” at its end."""
    line = _UNSEEN.sub("", line).rstrip()
    return line[:-_LONGEST_NOISE] + _NOISE_BEHIND.sub("", line[-_LONGEST_NOISE:])


def _shown(line: str) -> str:
    """Without what can't be seen, and as it was before it became Markdown. A time may be a link."""
    if len(line) > MOST_SHOWN:
        return line[:MOST_SHOWN]
    line = _UNSEEN.sub("", line).replace("**", "").replace("\\", "")
    return _LINKED_TIME.sub(r"\1", line) if "](" in line else line
