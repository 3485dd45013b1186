"""The form of an issue, read from a request, from what is saved, or from what is typed over it.

Fields are named by what they belong to, entry-17-title, and come in the order of the page: an entry
is in the section before it. What has no id yet is named by its position: entry-new-2-title.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from newsletter.domain.issues.issue import EntryContent, IssueContent
from newsletter.web.editor.issues.form import EntryForm, IssueForm, SectionForm

_FIELD = re.compile(r"((?:section|entry)-(?:[1-9][0-9]{0,17}|new-[0-9]{1,6}))-[a-z_]+")
_OF_ISSUE = ("title", "subject", "preheader", "intro", "number", "issued_on", "author")
_OF_SECTION = ("title", "intro", "layout")
_OF_ENTRY = ("title", "url", "sources", "body", "author", "link_parameters")


def with_typed(content: IssueContent, typed: Mapping[str, str]) -> IssueContent:
    """`content` with what is typed over it, by the names of the form's fields. What it does not
    have is left out: someone else may have removed it.
    """
    form = form_of_content(content, 0)
    _type_over(form, "", _OF_ISSUE, typed)
    for section in form.sections:
        _type_over(section, f"{section.name}-", _OF_SECTION, typed)
    for entry in form.entries:
        _type_over(entry, f"{entry.name}-", _OF_ENTRY, typed)
    return form.content()


def _type_over(
    piece: IssueForm | SectionForm | EntryForm,
    prefix: str,
    fields: tuple[str, ...],
    typed: Mapping[str, str],
) -> None:
    for field in fields:
        if f"{prefix}{field}" in typed:
            setattr(piece, field, _unix(typed[f"{prefix}{field}"]))


def form_of_content(content: IssueContent, version: int) -> IssueForm:
    names = iter(content.entry_names)
    return IssueForm(
        title=content.title,
        subject=content.subject,
        preheader=content.preheader,
        intro=content.intro,
        number="" if content.number is None else str(content.number),
        issued_on=content.issued_on.isoformat() if content.issued_on else "",
        author=content.author,
        version=version,
        sections=[
            SectionForm(
                name=name,
                title=section.title,
                intro=section.intro,
                layout=section.layout,
                entries=[_form_of_entry(next(names), entry) for entry in section.entries],
            )
            for name, section in zip(content.section_names, content.sections, strict=True)
        ],
    )


def _form_of_entry(name: str, entry: EntryContent) -> EntryForm:
    return EntryForm(
        name=name,
        title=entry.title,
        url=entry.url,
        sources=", ".join(entry.sources),
        body=entry.body,
        plain_links=entry.plain_links,
        link_parameters=entry.link_parameters,
        author=entry.author,
    )


def form_of_request(fields: Mapping[str, str]) -> IssueForm:
    version = fields.get("version", "")
    return IssueForm(
        title=fields.get("title", ""),
        subject=fields.get("subject", ""),
        preheader=fields.get("preheader", ""),
        intro=_unix(fields.get("intro", "")),
        number=fields.get("number", ""),
        issued_on=fields.get("issued_on", ""),
        author=fields.get("author", ""),
        version=int(version) if re.fullmatch(r"[0-9]{1,9}", version) else 0,
        sections=_section_forms(fields),
    )


def _section_forms(fields: Mapping[str, str]) -> list[SectionForm]:
    sections: list[SectionForm] = []
    for name in dict.fromkeys(found[1] for found in map(_FIELD.fullmatch, fields) if found):
        if name.startswith("section"):
            intro = _unix(fields.get(f"{name}-intro", ""))
            layout = fields.get(f"{name}-layout", "")
            sections.append(SectionForm(name, fields.get(f"{name}-title", ""), intro, layout))
            continue
        if not sections:
            sections.append(SectionForm())
        sections[-1].entries.append(_entry_form(fields, name))
    return sections


def _entry_form(fields: Mapping[str, str], name: str) -> EntryForm:
    return EntryForm(
        name=name,
        title=fields.get(f"{name}-title", ""),
        url=fields.get(f"{name}-url", ""),
        sources=fields.get(f"{name}-sources", ""),
        body=_unix(fields.get(f"{name}-body", "")),
        plain_links=bool(fields.get(f"{name}-plain_links")),
        link_parameters=fields.get(f"{name}-link_parameters", ""),
        author=fields.get(f"{name}-author", ""),
    )


def _unix(text: str) -> str:
    """Browsers send CRLF."""
    return text.replace("\r\n", "\n")
