"""Findings of the checks, and the parts of an issue that they look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    ERROR = "error"
    """Blocks sending, unless an editor overrides it."""
    WARNING = "warning"
    NOTE = "note"


_ORDER = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Place:
    """`label` is for people; `field` names the field of the issue's form, "" where there is none.

    A field of the newsletter's own settings begins with `newsletter.`.
    """

    label: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """`check` is the rule's name, for machines; `advice` says what to do."""

    severity: Severity
    check: str
    place: Place
    message: str
    advice: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "severity": self.severity.value,
            "check": self.check,
            "place": self.place.label,
            "field": self.place.field,
            "message": self.message,
            "advice": self.advice,
        }


MOST_SHOWN_ALIKE = 3
"""More findings of one kind are shown as one."""
THE_MAIL = Place("The whole email")
SUBJECT = Place("Subject line", "subject")
PREHEADER = Place("Preview text", "preheader")


@dataclass(frozen=True, slots=True)
class Link:
    """`words` is its visible text."""

    url: str
    words: str
    place: Place
    is_title: bool = False
    """Whether it is the link of an entry: its heading and its sources lead there."""


@dataclass(frozen=True, slots=True)
class Picture:
    url: str
    alt: str
    place: Place


@dataclass(frozen=True, slots=True)
class InLibrary:
    """What the newsletter's library knows of a picture of ours."""

    alt: str = ""
    file_name: str = ""
    """Or the address that it was copied from."""


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` as Markdown has it: 1 for `#`."""

    level: int
    words: str
    place: Place


@dataclass(frozen=True, slots=True)
class Braces:
    """`{{ field|fallback }}`. `is_known` if subscribers can have such a field."""

    typed: str
    field: str
    fallback: str
    is_known: bool
    place: Place


@dataclass(frozen=True, slots=True)
class TypedHtml:
    """Tags that mail can't show, by name; their words are kept."""

    tags: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that the rules look at, in the order of the issue."""

    links: tuple[Link, ...]
    pictures: tuple[Picture, ...]
    headings: tuple[Heading, ...]
    braces: tuple[Braces, ...]
    html: tuple[TypedHtml, ...] = ()


@dataclass(frozen=True, slots=True)
class Override:
    """An editor accepted the errors of this version of an issue."""

    by: str
    reason: str
    at: str

    def to_json(self) -> dict[str, str]:
        return asdict(self)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first. Within a severity, in the order found."""
    return tuple(sorted(findings, key=lambda finding: _ORDER[finding.severity]))


@dataclass(frozen=True, slots=True)
class Alike:
    """Findings that say the same of several places: the first is shown, the others beside it."""

    first: Finding
    others: tuple[Finding, ...] = ()


def grouped(findings: Iterable[Finding]) -> list[Alike]:
    """In order. Each error is on its own, because each has to be put right."""
    groups: dict[object, list[Finding]] = {}
    for at, finding in enumerate(findings):
        key = at if finding.severity is Severity.ERROR else (finding.severity, finding.check)
        groups.setdefault(key, []).append(finding)
    return [
        alike
        for found in groups.values()
        for alike in (
            [Alike(found[0], tuple(found[1:]))]
            if len(found) > MOST_SHOWN_ALIKE
            else [Alike(finding) for finding in found]
        )
    ]


def errors_of(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def error(check: str, place: Place, message: str, advice: str = "") -> Finding:
    return Finding(Severity.ERROR, check, place, message, advice)


def warning(check: str, place: Place, message: str, advice: str = "") -> Finding:
    return Finding(Severity.WARNING, check, place, message, advice)


def note(check: str, place: Place, message: str, advice: str = "") -> Finding:
    return Finding(Severity.NOTE, check, place, message, advice)


def said(finding: Finding) -> str:
    return f"{finding.message} {finding.advice}".strip()


def entry_label(number: int, title: str) -> str:
    return f"Entry {number}, “{shortened(title, 50)}”"


def picture_name(picture: Picture, known: InLibrary | None) -> str:
    """What an editor knows it by. The address of one of ours is a long number, so it comes last."""
    if known is None:
        return shortened(picture.url, 90)
    words = picture.alt.strip() or known.file_name.rpartition("/")[2] or known.alt
    return f"“{shortened(words)}”" if words else shortened(picture.url, 90)


def shortened(text: str, most: int = 60) -> str:
    one = " ".join(text.split())
    return one if len(one) <= most else f"{one[: most - 1].rstrip()}…"
