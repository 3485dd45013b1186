"""Checks an operator's templates: first the sources, then rendered samples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import fields
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from newsletter.domain.errors import Misconfigured
from newsletter.domain.issues.issue import EntryContent, IssueContent, SectionContent
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.newsletters.themes import Palette
from newsletter.domain.sentences import as_sentence
from newsletter.rendering.edition.edition import Note, RenderedEdition, prepare_issue
from newsletter.rendering.edition.issue_view import ContentsLine, EntryView, IssueView, SectionView
from newsletter.rendering.edition.notices import Notice, confirmation_notice, welcome_notice
from newsletter.rendering.parts.personal import ReaderValues
from newsletter.rendering.template_checks.nesting import WatchedTemplates
from newsletter.rendering.template_checks.source import (
    Fault,
    css_faults,
    html_faults,
    jinja_faults,
    mjml_faults,
    names_in,
    read_source,
)
from newsletter.rendering.templates.templates import (
    BUILT_IN_FOLDER,
    ISSUE_HTML,
    ISSUE_TEXT,
    NOTICE_HTML,
    NOTICE_TEXT,
    BrokenTemplate,
    Templates,
)
from newsletter.rendering.templates.theme import Look
from newsletter.urls import (
    archive_url,
    confirmation_url,
    edition_url,
    preferences_url,
    unsubscribe_url,
)

LARGEST_STYLE_BYTES = 16_000
"""Gmail drops a style block that is longer."""

_LANGUAGES = ("en", "ar")
_SITE = "https://news.example.org"
_CONFIRM_URL = confirmation_url(_SITE, "own")
_READER = ReaderValues(
    "reader@example.org",
    "Robin",
    unsubscribe_url(_SITE, "own"),
    preferences_url(_SITE, "own"),
)
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
_NO_ATTRIBUTE = re.compile(r"'[\w.]*?(\w+) object' has no attribute '(\w+)'")
_SHOWN: dict[str, Any] = {
    one.__name__: one for one in (IssueView, SectionView, EntryView, ContentsLine, Look, Palette)
}
"""The values in templates, by their class name in error messages."""
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def check_templates(folder: Path | None) -> list[Fault]:
    """In the order of the files. Checks the built-in templates if `folder` is None."""
    if folder is not None and not folder.is_dir():
        return [Fault(str(folder), 0, f"{folder} is not a folder.")]
    templates = Templates(folder.resolve() if folder else None)
    faults = list(_source_faults(templates)) or list(_nesting_faults(templates))
    return faults or list(dict.fromkeys(_sample_faults(templates)))


def require_sound_templates(folder: str) -> None:
    """Checks the folder in TEMPLATES_DIR, if set. Raises Misconfigured for the first fault."""
    faults = check_templates(Path(folder)) if folder else []
    if faults:
        more = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
        raise Misconfigured(
            f"TEMPLATES_DIR can't be used: {faults[0]}{more}",
            advice=f"Run `newsletter templates check {folder}` to list all faults.",
        )


def _source_faults(templates: Templates) -> Iterator[Fault]:
    house = _files(BUILT_IN_FOLDER)
    own = _files(templates.folder) if templates.folder else house
    sources = {name: read_source(path) for name, path in {**house, **own}.items()}
    environment = templates.markup
    names = {name for file in house for name in names_in(environment, _text(house[file]))}
    used = set(house) | _included(sources[name][0] for name in sources)
    for name, path in own.items():
        source, unreadable = sources[name]
        yield from unreadable
        if name not in used:
            yield Fault(str(path), 0, f"{path}: no template uses it{_hint(name, house)}")
        elif not unreadable:
            yield from jinja_faults(environment, path, source, names, {*house, *own})
            if name.endswith(".mjml.j2"):
                yield from mjml_faults(path, source)
            if name.endswith((".mjml.j2", ".css")):
                yield from css_faults(path, source)


def _nesting_faults(templates: Templates) -> Iterable[Fault]:
    """Templates that fail to render are reported by the samples."""
    watched = WatchedTemplates(templates.folder)
    with suppress(BrokenTemplate):
        for language in _LANGUAGES:
            _sample_edition(watched, language)
            _sample_notices(watched, language)
    return dict.fromkeys(watched.faults)


def _sample_faults(templates: Templates) -> Iterator[Fault]:
    """At most one fault for each sample, since later ones may be its consequences."""
    for language in _LANGUAGES:
        try:
            edition = _sample_edition(templates, language)
            page = edition.html_part.filled_text(_READER)
            text = edition.text_part.filled_text(_READER)
            yield from _page_faults(_file_to_blame(templates, ISSUE_HTML), page)
            yield from _missing(_file_to_blame(templates, ISSUE_HTML), page)
            yield from _missing(_file_to_blame(templates, ISSUE_TEXT), text)
            yield from _notice_faults(templates, language)
        except BrokenTemplate as broken:
            yield from _explained(templates, broken)
            return


def _explained(templates: Templates, broken: BrokenTemplate) -> Iterator[Fault]:
    """The compiler knows no files, so an unclosed tag in one of them is a better message."""
    own = _files(templates.folder) if templates.folder else {}
    guesses = [
        fault
        for name, path in own.items()
        if name.endswith(".mjml.j2") and not broken.is_precise
        for fault in html_faults(path, _text(path))
    ]
    yield from guesses
    yield Fault(broken.file, broken.line, _readable(broken.fault))


def _readable(fault: str) -> str:
    """Replaces class names with the names used in templates, such as `entry`."""
    found = _NO_ATTRIBUTE.search(fault)
    if found is None or found[1] not in _SHOWN:
        return as_sentence(fault)
    close = get_close_matches(found[2], [one.name for one in fields(_SHOWN[found[1]])], n=1)
    hint = f". Did you mean “{close[0]}”?" if close else "."
    name = found[1].removesuffix("View").lower()
    return f"“{name}” has no attribute “{found[2]}”{hint}"


def _file_to_blame(templates: Templates, name: str) -> str:
    """The built-in templates have no faults, so the operator's folder is to blame."""
    file = templates.file_of(name)
    is_ours = templates.folder is not None and file.is_relative_to(BUILT_IN_FOLDER)
    return str(templates.folder if is_ours else file)


def _sample_edition(templates: Templates, language: str) -> RenderedEdition:
    return prepare_issue(
        _SAMPLE,
        _profile(language),
        web_url=edition_url(_SITE, "sample", 1),
        issue_date=date(2026, 11, 23),
        public_url=_SITE,
        templates=templates,
        note=Note("Proof", ("A note.",)),
    ).edition()


def _sample_notices(templates: Templates, language: str) -> tuple[Notice, Notice]:
    """A confirmation and a welcome."""
    profile = _profile(language)
    welcome = welcome_notice(
        profile,
        archive_url=archive_url(_SITE, "sample"),
        preferences_url=_READER.preferences_url,
        unsubscribe_url=_READER.unsubscribe_url,
        templates=templates,
    )
    return confirmation_notice(profile, _CONFIRM_URL, 7, templates), welcome


def _notice_faults(templates: Templates, language: str) -> Iterator[Fault]:
    notice, welcome = _sample_notices(templates, language)
    yield from _page_faults(str(templates.file_of(NOTICE_HTML)), notice.html)
    for name, copy in ((NOTICE_HTML, notice.html), (NOTICE_TEXT, notice.text)):
        if _CONFIRM_URL not in copy:
            yield Fault(str(templates.file_of(name)), 0, f"{name} is missing {{{{ button.url }}}}.")
    for name, copy in ((NOTICE_HTML, welcome.html), (NOTICE_TEXT, welcome.text)):
        if _READER.unsubscribe_url not in copy:
            yield Fault(str(templates.file_of(name)), 0, f"{name} is missing {{{{ links }}}}.")


def _page_faults(file: str, page: str) -> Iterator[Fault]:
    visible = _COMMENT.sub("", page)
    for tag in ("table", "tr", "td", "div"):
        opened = len(re.findall(rf"<{tag}[\s>]", visible))
        closed = len(re.findall(rf"</{tag}>", visible))
        if opened != closed:
            yield Fault(file, 0, f"{file}: the email opens {opened} <{tag}> and closes {closed}.")
    styles = _STYLE.findall(page)
    if sum(map(len, styles)) > LARGEST_STYLE_BYTES:
        yield Fault(file, 0, f"{file}: more than {LARGEST_STYLE_BYTES} bytes of styles.")
    for style in styles:
        if style.count("{") != style.count("}"):
            yield Fault(file, 0, f"{file}: a style block opens and closes different numbers of {{.")
        if re.search(r"@[^{}]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*@", style):
            yield Fault(file, 0, f"{file}: an @ rule is inside another. Gmail drops all styles.")
    if re.search(r"<(?:script|link)\b|@import|</?mj-", page):
        yield Fault(
            file, 0, f"{file}: the email contains a script, an external style sheet or MJML."
        )


def _missing(file: str, copy: str) -> Iterator[Fault]:
    """What every issue must contain by law and for mail programs."""
    for needed, what in (
        (_READER.unsubscribe_url, "{{ unsubscribe_url }}"),
        ("1 Sample Lane", "the postal address: {% for line in postal_lines %}"),
        ("The first title", "the entries' titles"),
        ("Some words", "the intro"),
        ("Words on it", "the entries' bodies"),
    ):
        if needed not in copy:
            yield Fault(file, 0, f"{file}: the issue is missing {what}.")


def _files(folder: Path) -> dict[str, Path]:
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def _included(sources: Iterator[str]) -> set[str]:
    named = re.compile(r"\{%-?\s*(?:include|extends|import|from)\s+[\"']([^\"']+)[\"']")
    return {name for source in sources for name in named.findall(source)}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _hint(name: str, house: dict[str, Path]) -> str:
    close = get_close_matches(name, list(house), n=1, cutoff=0.5)
    return f". Did you mean {close[0]}?" if close else "."


def _profile(language: str) -> NewsletterProfile:
    return NewsletterProfile(
        id=1,
        slug="sample",
        name="Sample",
        description="A sample.",
        sender_name="Sample",
        sender_address="sample@example.org",
        reply_to="",
        postal_address="1 Sample Lane",
        time_zone="UTC",
        language=language,
        list_label="sample",
        theme={"logo_url": f"{_SITE}/logo.png", "logo_alt": "Sample"} if language == "ar" else {},
    )


_SAMPLE = IssueContent(
    title="A sample",
    subject="A sample for {{ name|you }}",
    preheader="What it holds",
    intro="Some words to begin with.",
    number=1,
    sections=(
        SectionContent(
            "First",
            (
                EntryContent(
                    "The first title",
                    "https://example.org/1",
                    ("example.org",),
                    'Words on it.\n\n![A picture](https://example.org/a.png "Its caption")',
                ),
                EntryContent("Without a link", "", (), ""),
            ),
        ),
        SectionContent(
            "Sponsor", (EntryContent("Who pays", "https://example.org/s", (), "Words."),)
        ),
        SectionContent(
            "Third",
            tuple(
                EntryContent(f"Title {n}", f"https://example.org/{n}", (), "x") for n in range(9)
            ),
        ),
    ),
)
