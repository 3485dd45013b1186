"""The content of an issue as JSON, with the ids of its sections and entries: kept as a version."""

from __future__ import annotations

from datetime import date
from typing import Any

from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent, layout_of


def content_to_json(content: IssueContent) -> dict[str, Any]:
    return {
        "title": content.title,
        "subject": content.subject,
        "preheader": content.preheader,
        "intro": content.intro,
        "number": content.number,
        "issued_on": content.issued_on.isoformat() if content.issued_on else None,
        "author": content.author,
        "sections": [_section_to_json(section) for section in content.sections],
    }


def content_from_json(kept: dict[str, Any]) -> IssueContent:
    return IssueContent(
        title=kept["title"],
        subject=kept["subject"],
        preheader=kept["preheader"],
        intro=kept["intro"],
        number=kept["number"],
        sections=tuple(_section_from_json(section) for section in kept["sections"]),
        issued_on=date.fromisoformat(kept["issued_on"]) if kept["issued_on"] else None,
        author=kept["author"],
    )


def _section_to_json(section: SectionContent) -> dict[str, Any]:
    return {
        "id": section.id,
        "title": section.title,
        "intro": section.intro,
        "layout": section.layout.value,
        "entries": [_entry_to_json(entry) for entry in section.entries],
    }


def _section_from_json(kept: dict[str, Any]) -> SectionContent:
    return SectionContent(
        title=kept["title"],
        entries=tuple(_entry_from_json(entry) for entry in kept["entries"]),
        intro=kept["intro"],
        id=kept["id"],
        layout=layout_of(kept["layout"]),
    )


def _entry_to_json(entry: EntryContent) -> dict[str, Any]:
    return {
        "id": entry.id,
        "title": entry.title,
        "url": entry.url,
        "sources": list(entry.sources),
        "body": entry.body,
        "plain_links": entry.plain_links,
        "link_parameters": entry.link_parameters,
        "author": entry.author,
    }


def _entry_from_json(kept: dict[str, Any]) -> EntryContent:
    return EntryContent(
        title=kept["title"],
        url=kept["url"],
        sources=tuple(kept["sources"]),
        body=kept["body"],
        id=kept["id"],
        plain_links=kept["plain_links"],
        link_parameters=kept["link_parameters"],
        author=kept["author"],
    )
