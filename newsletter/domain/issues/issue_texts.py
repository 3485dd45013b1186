"""The fields of a thing of an issue as the texts in a form, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent, layout_of
from newsletter.domain.web_addresses import with_scheme

Texts = Mapping[str, str]
Piece = IssueContent | SectionContent | EntryContent

_NUMBER = re.compile(r"[0-9]{1,9}")
_LINES = ("title", "subject", "preheader", "author", "url", "link_parameters")
"""Blanks at their ends go."""


def texts_of(piece: Piece) -> dict[str, str]:
    if isinstance(piece, IssueContent):
        return {
            "title": piece.title,
            "subject": piece.subject,
            "preheader": piece.preheader,
            "intro": piece.intro,
            "number": "" if piece.number is None else str(piece.number),
            "issued_on": piece.issued_on.isoformat() if piece.issued_on else "",
            "author": piece.author,
        }
    if isinstance(piece, SectionContent):
        return {"title": piece.title, "intro": piece.intro, "layout": piece.layout}
    return {
        "title": piece.title,
        "url": piece.url,
        "sources": ", ".join(piece.sources),
        "body": piece.body,
        "plain_links": "yes" if piece.plain_links else "",
        "link_parameters": piece.link_parameters,
        "author": piece.author,
    }


def with_texts(piece: Any, texts: Texts) -> tuple[Any, dict[str, str]]:
    """`piece` with these fields, and by field what can't be read, which stays as it was."""
    problems = unreadable(texts)
    return replace(
        piece, **{name: _value(name, text) for name, text in texts.items() if name not in problems}
    ), problems


def unreadable(texts: Texts) -> dict[str, str]:
    """By field, what is wrong with a number or a date of an issue."""
    found: dict[str, str] = {}
    number = texts.get("number", "").strip()
    if number and not _NUMBER.fullmatch(number):
        found["number"] = "Enter the number in digits, such as 12."
    issued_on = texts.get("issued_on", "").strip()
    if issued_on and day_of(issued_on) is None:
        found["issued_on"] = "Enter the date as year, month and day, such as 2026-11-28."
    return found


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def sources_of(text: str) -> tuple[str, ...]:
    sources = (source.strip() for source in re.split(r"[,|\n]", text))
    return tuple(source for source in sources if source)


def _value(name: str, text: str) -> Any:
    text = text.replace("\r\n", "\n")
    if name in _LINES:
        return with_scheme(text.strip()) if name == "url" else text.strip()
    if name == "number":
        return int(text) if text.strip() else None
    if name == "issued_on":
        return day_of(text)
    if name == "sources":
        return sources_of(text)
    if name == "plain_links":
        return bool(text)
    return layout_of(text) if name == "layout" else text
