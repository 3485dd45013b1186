"""A frozen edition brought to a given size: our template alone takes 20 KB."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from newsletter.store.models import Edition
from newsletter.usecases.context import Context

ENVELOPE_BYTES = 2_000
"""About what headers, the frame of the parts and a reader's own values add."""
FILLER = "A line of an issue that says nothing and is as long as such lines tend to be.\r\n"


def fit_edition(context: Context, issue_id: int, size: int) -> int:
    """Cuts or adds lines between the slots of the HTML part; returns the bytes of a copy, about.

    The slots stay, each with the text around it.
    """
    with context.database.write() as session:
        edition = session.scalars(select(Edition).where(Edition.issue_id == issue_id)).one()
        content = dict(edition.content)
        html = dict(content["html_part"])
        room = size - ENVELOPE_BYTES - _size(content["text_part"])
        html["segments"] = _fit(html["segments"], room)
        edition.content = content | {"html_part": html}
        return ENVELOPE_BYTES + _size(content["text_part"]) + _size(html)


def _size(part: dict[str, Any]) -> int:
    return sum(map(len, part["segments"]))


def _fit(segments: list[str], room: int) -> list[str]:
    pieces = [segment.splitlines(keepends=True) for segment in segments]
    excess = sum(map(len, segments)) - room
    for lines in sorted(pieces, key=len, reverse=True):
        while excess > 0 and len(lines) > 2:
            excess -= len(lines.pop(1))
    longest = max(pieces, key=len)
    if excess < 0 and longest[0].endswith("\r\n"):
        longest[1:1] = [FILLER] * (-excess // len(FILLER))
    return ["".join(lines) for lines in pieces]
