"""An issue as its templates want it: every word said, every link judged, every body rendered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from markupsafe import Markup

from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.issue import EntryContent, IssueContent, Layout
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.rendering.bodies.inlining import inline_styles
from newsletter.rendering.bodies.markdown import html_of, parse, reading_minutes, safe_url
from newsletter.rendering.bodies.placeholders import Tokens
from newsletter.rendering.bodies.plain_text import text_of
from newsletter.rendering.bodies.untracked import untracked_in, without_own_mark
from newsletter.rendering.parts.personal import one_line
from newsletter.rendering.templates.words import Language, is_sponsor_title

MAX_CONTENTS_LINES = 8
LONGEST_KEPT = 10_000
"""Characters. Longer bodies are rare, and rendered each time."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How the bodies of one rendering are written."""

    language: Language
    tokens: Tokens
    style_sheet: str
    picture_width: int


@dataclass(frozen=True, slots=True)
class _Body:
    html: Markup
    text: str
    untracked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EntryView:
    """`body` is HTML with its styles in it, `text` the same in plain text. The author is named
    behind the sources.
    """

    anchor: str
    title: str
    url: str
    sources: tuple[str, ...]
    body: Markup
    text: str
    is_linked: bool = False
    """The contents lead to it. Some programs go by the name of an anchor and know no ids."""
    starts_table: bool = False
    """See table_breaks.py."""
    is_line: bool = False
    """See compact_lists.py. `comment` is the body without the paragraph around it."""
    comment: str = ""
    plain_links: bool = False
    """Its links stay as they were written. See counted_links.py."""
    link_parameters: str = ""
    untracked: frozenset[str] = frozenset()
    """Addresses of links that are not counted."""


@dataclass(frozen=True, slots=True)
class SectionView:
    anchor: str
    title: str
    entries: tuple[EntryView, ...]
    intro: Markup
    """HTML with its styles in it, `intro_text` the same in plain text."""
    intro_text: str
    is_sponsor: bool
    """Its entries are paid for, and marked so."""
    is_linked: bool = False
    starts_table: bool = False
    layout: Layout = Layout.AUTOMATIC
    untracked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ContentsLine:
    anchor: str
    title: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class IssueView:
    """`facts` is the line below the title: number, date, how many links, how long to read."""

    language: Language
    newsletter: str
    title: str
    subject: str
    preheader: str
    facts: tuple[str, ...]
    intro: Markup
    intro_text: str
    contents: tuple[ContentsLine, ...]
    has_sections: bool
    """The contents are sections, each with the number of its entries."""
    more: str
    sections: tuple[SectionView, ...]
    untracked: frozenset[str] = frozenset()


def view_issue(
    content: IssueContent, profile: NewsletterProfile, issue_date: date | None, manner: Manner
) -> IssueView:
    """Raises InvalidInput for what can't be made into a mail, naming the field.

    Placeholders in subject, preheader and bodies are tokens; titles are the same for everyone.
    """
    language, tokens = manner.language, manner.tokens
    title = _required(content.title, "The issue has no title.", "title")
    if not content.entries and not any(section.intro.strip() for section in content.sections):
        raise InvalidInput(
            "The issue has no entries.", advice="Add at least one entry.", field="entries"
        )
    sections = _section_views(content, manner)
    intro = _body(content.intro, "the intro", "intro", manner)
    intro_html, *bodies = _styled([intro.html, *_fragments(sections)], manner)
    sections = _with_bodies(sections, bodies)
    contents, more = _contents(sections, language)
    sections = _linked(sections, frozenset(line.anchor for line in contents))
    return IssueView(
        language=language,
        newsletter=one_line(profile.name),
        title=title,
        subject=_subject(content, title, tokens),
        preheader=tokens.mark_line(one_line(content.preheader)) or _titles_in_short(content),
        facts=_facts(content, language, issue_date),
        intro=intro_html,
        intro_text=intro.text,
        contents=contents,
        has_sections=bool(contents) and contents[0].count is not None,
        more=more,
        sections=sections,
        untracked=intro.untracked,
    )


def _required(text: str, complaint: str, field: str) -> str:
    shown = one_line(text)
    if not shown:
        raise InvalidInput(complaint, advice="Add one.", field=field)
    return shown


def _subject(content: IssueContent, title: str, tokens: Tokens) -> str:
    if any(character in content.subject.strip() for character in "\r\n"):
        raise InvalidInput(
            "The subject can't contain a line break.",
            advice="Write it on one line.",
            field="subject",
        )
    return tokens.mark_line(one_line(content.subject)) or title


def _titles_in_short(content: IssueContent) -> str:
    return " · ".join(one_line(entry.title) for entry in content.entries[:3])


def _facts(content: IssueContent, language: Language, issue_date: date | None) -> tuple[str, ...]:
    links = sum(1 for entry in content.entries if safe_url(entry.url))
    intros = [section.intro for section in content.sections]
    words = " ".join([content.intro, *intros, *(f"{e.title} {e.body}" for e in content.entries)])
    minutes = reading_minutes(words)  # one is no news: a list of links takes no reading
    facts = [
        language.say("issue", number=content.number) if content.number is not None else "",
        language.date(issue_date) if issue_date else "",
        one_line(content.author),
        (language.say("one_link") if links == 1 else language.say("links", count=links))
        if links
        else "",
        language.say("minutes", count=minutes) if minutes > 1 else "",
    ]
    return tuple(fact for fact in facts if fact)


def _section_views(content: IssueContent, manner: Manner) -> tuple[SectionView, ...]:
    views: list[SectionView] = []
    names = enumerate(content.entry_names, 1)
    for anchor, section in zip(content.section_names, content.sections, strict=True):
        entries = tuple(_entry_view(entry, *next(names), manner) for entry in section.entries)
        title = one_line(section.title)
        intro = _body(section.intro, title or "the intro", f"{anchor}-intro", manner)
        if entries or title or intro.html:
            sponsored = is_sponsor_title(title)
            views.append(
                SectionView(
                    anchor,
                    title,
                    entries,
                    intro.html,
                    intro.text,
                    sponsored,
                    layout=section.layout,
                    untracked=intro.untracked,
                )
            )
    return tuple(views)


def _entry_view(entry: EntryContent, number: int, anchor: str, manner: Manner) -> EntryView:
    title = _required(entry.title, f"Entry {number} has no title.", f"{anchor}-title")
    markdown, is_untracked = without_own_mark(entry.body)
    body = _body(markdown, title, f"{anchor}-body", manner)
    url = safe_url(entry.url)
    return EntryView(
        anchor=anchor,
        title=title,
        url=url,
        sources=tuple(filter(None, map(one_line, (*entry.sources, entry.author)))),
        body=body.html,
        text=body.text,
        plain_links=entry.plain_links,
        link_parameters=entry.link_parameters,
        untracked=body.untracked | ({url} if is_untracked else set()),
    )


def _body(markdown: str, of: str, field: str, manner: Manner) -> _Body:
    """Without a personal value it is the same each time. While someone types in one of 22
    entries, the other 21 are not parsed again.
    """
    is_kept = len(markdown) < LONGEST_KEPT and "{{" not in markdown
    render, tokens = (KEPT_BODIES, None) if is_kept else (_new_body, manner.tokens)
    try:
        return render(markdown, of, tokens, manner.language.say("image"), manner.picture_width)
    except InvalidInput as trouble:
        trouble.field = field
        raise


def _new_body(
    markdown: str, of: str, personal: Tokens | None, image: str, picture_width: int
) -> _Body:
    """Parsed once for both."""
    tokens = parse(markdown, of=of, personal=personal)
    text = text_of(tokens, image)
    untracked = frozenset(map(safe_url, untracked_in(tokens)))
    html = Markup(html_of(tokens, picture_width))  # noqa: S704  nh3 cleaned it
    return _Body(html, text, untracked)


KEPT_BODIES = lru_cache(maxsize=128)(_new_body)


def _fragments(sections: tuple[SectionView, ...]) -> list[Markup]:
    return [
        fragment
        for section in sections
        for fragment in (section.intro, *(entry.body for entry in section.entries))
    ]


def _styled(fragments: list[Markup], manner: Manner) -> list[Markup]:
    """All of them in one pass."""
    styled = inline_styles(fragments, manner.style_sheet)
    return [Markup(fragment.strip()) for fragment in styled]  # noqa: S704  nh3 cleaned it


def _with_bodies(
    sections: tuple[SectionView, ...], bodies: list[Markup]
) -> tuple[SectionView, ...]:
    remaining = iter(bodies)
    return tuple(
        replace(
            section,
            intro=next(remaining),
            entries=tuple(replace(entry, body=next(remaining)) for entry in section.entries),
        )
        for section in sections
    )


def _contents(
    sections: tuple[SectionView, ...], language: Language
) -> tuple[tuple[ContentsLine, ...], str]:
    """Each title while they are few; else the sections; else the first titles and how many more."""
    sections = tuple(section for section in sections if not section.is_sponsor)
    entries = [entry for section in sections for entry in section.entries]
    if len(entries) < 3:
        return (), ""
    if len(entries) <= MAX_CONTENTS_LINES:
        return tuple(ContentsLine(entry.anchor, entry.title) for entry in entries), ""
    named = _by_named_section(sections)
    if len(named) > 1:
        return tuple(
            ContentsLine(section.anchor, section.title, count) for section, count in named
        ), ""
    shown = entries[: MAX_CONTENTS_LINES - 1]
    lines = tuple(ContentsLine(entry.anchor, entry.title) for entry in shown)
    return lines, language.say("more", count=len(entries) - len(shown))


def _by_named_section(sections: tuple[SectionView, ...]) -> list[tuple[SectionView, int]]:
    """Each with how many entries stand below its title, also behind text without one. None at all
    where entries come before the first.
    """
    named: list[tuple[SectionView, int]] = []
    for section in sections:
        if section.title:
            named.append((section, len(section.entries)))
        elif named:
            named[-1] = (named[-1][0], named[-1][1] + len(section.entries))
        elif section.entries:
            return []
    return [(section, count) for section, count in named if count]


def _linked(sections: Iterable[SectionView], anchors: frozenset[str]) -> tuple[SectionView, ...]:
    return tuple(
        replace(
            section,
            is_linked=section.anchor in anchors,
            entries=tuple(
                replace(entry, is_linked=entry.anchor in anchors) for entry in section.entries
            ),
        )
        for section in sections
    )
