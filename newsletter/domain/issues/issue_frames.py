"""What stays from issue to issue: headings, introductions and looks of sections, and the author."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from newsletter.domain.issues.issue import IssueContent, SectionContent, layout_of

_TEXTS = ("title", "subject", "preheader", "intro", "author")


def frame_of(content: IssueContent) -> IssueContent:
    """Without entries, number and date. Sections that have nothing of their own are left out."""
    sections = (
        replace(section, entries=(), id=None)
        for section in content.sections
        if section.title or section.intro
    )
    return replace(content, number=None, issued_on=None, sections=tuple(sections))


def continued(content: IssueContent) -> IssueContent:
    """The frame of the issue after this one: what is said of this issue alone is not in it."""
    return replace(frame_of(content), title="", subject="", preheader="", intro="")


def frame_to_json(frame: IssueContent) -> dict[str, Any]:
    sections = [
        {"title": one.title, "intro": one.intro, "layout": one.layout.value}
        for one in frame.sections
    ]
    return {**{name: getattr(frame, name) for name in _TEXTS}, "sections": sections}


def frame_from_json(stored: Mapping[str, Any]) -> IssueContent:
    sections = tuple(
        SectionContent(one["title"], (), intro=one["intro"], layout=layout_of(one["layout"]))
        for one in stored["sections"]
    )
    texts = {name: stored[name] for name in _TEXTS}
    return IssueContent(number=None, sections=sections, **texts)
