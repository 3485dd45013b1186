"""Subject and preview text as inboxes show them: where each is cut."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from newsletter.domain.checks.preflight import (
    PREHEADER,
    SUBJECT,
    Finding,
    note,
    warning,
)

SUBJECT_ON_PHONES = 41
"""Columns: an iPhone held upright, and most Android phones. A CJK character takes two."""
SUBJECT_ON_DESKTOPS = 78
PREHEADER_ON_PHONES = 90
"""Two lines below the subject."""
SHORT_PREHEADER = 30


def width_of(text: str) -> int:
    """Columns: wide characters (CJK, most emoji) count two, marks that join others none."""
    return sum(map(_columns, text))


def cut_at(text: str, columns: int) -> str:
    """What fits of it."""
    used = 0
    for place, character in enumerate(text):
        used += _columns(character)
        if used > columns:
            return text[:place].rstrip()
    return text


def inbox_findings(subject: str, preheader: str, title: str) -> Iterator[Finding]:
    """`subject` and `preheader` of the issue, with fallbacks instead of fields."""
    shown = subject or title
    if not subject and title:
        yield note("subject", SUBJECT, "There is no subject line, so the title is used.")
    yield from _subject_length(shown)
    yield from _shouting(shown)
    yield from _preheader(preheader, shown)


def _subject_length(subject: str) -> Iterator[Finding]:
    width = width_of(subject)
    if width <= SUBJECT_ON_PHONES:
        return
    make = warning if width > SUBJECT_ON_DESKTOPS else note
    where = "Phones and computers" if width > SUBJECT_ON_DESKTOPS else "Phones"
    yield make(
        "subject-length",
        SUBJECT,
        f"{where} cut it off. It is {width} characters wide; phones show about "
        f"{SUBJECT_ON_PHONES}: “{cut_at(subject, SUBJECT_ON_PHONES)}…”",
        "Put what matters first, or shorten it.",
    )


def _shouting(subject: str) -> Iterator[Finding]:
    letters = [character for character in subject if character.isalpha()]
    capitals = sum(character.isupper() for character in letters)
    if len(letters) > 10 and capitals > 0.7 * len(letters):
        yield warning(
            "subject-style",
            SUBJECT,
            "It is in capital letters, which spam filters penalise.",
            "Write it as a sentence.",
        )
    if subject.count("!") + subject.count("！") > 2:
        yield warning(
            "subject-style",
            SUBJECT,
            "It has more than two exclamation marks, which spam filters penalise.",
            "One is enough.",
        )


def _preheader(preheader: str, subject: str) -> Iterator[Finding]:
    if not preheader:
        yield note(
            "preheader",
            PREHEADER,
            "It is empty, so inboxes show the first titles after the subject.",
            "Say in one sentence why to open this issue.",
        )
        return
    width = width_of(preheader)
    if preheader.strip().casefold() == subject.strip().casefold():
        yield warning("preheader", PREHEADER, "It repeats the subject line.", "Add something new.")
    elif width > PREHEADER_ON_PHONES:
        yield note(
            "preheader-length",
            PREHEADER,
            f"Phones cut it off. It is {width} characters wide; phones show about "
            f"{PREHEADER_ON_PHONES}: “…{cut_at(preheader, PREHEADER_ON_PHONES)[-30:]}…”",
            "Readers don't see the rest in the inbox.",
        )
    elif width < SHORT_PREHEADER:
        yield note(
            "preheader-length",
            PREHEADER,
            f"It is only {width} characters wide. Inboxes have room for {PREHEADER_ON_PHONES}.",
            "Add another reason to open it.",
        )


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
