"""Takes an issue's content apart for the checks: links, pictures, headings and fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from newsletter.domain.checks.preflight import (
    PREHEADER,
    SUBJECT,
    Braces,
    Finding,
    Heading,
    Link,
    Parts,
    Picture,
    Place,
    TypedHtml,
    entry_label,
    note,
    shortened,
)
from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.newsletters.themes import theme_of
from newsletter.rendering.bodies.markdown import parse
from newsletter.rendering.bodies.placeholders import LINK_HOST, Tokens, placeholders_in
from newsletter.rendering.bodies.typed_html import dropped_tags
from newsletter.rendering.parts.personal import NOBODY, one_line
from newsletter.rendering.templates.words import language_of

INTRO = Place("Introduction", "intro")
LOGO = Place("Logo", "newsletter.theme_logo_url")


def parts_of(content: IssueContent, profile: NewsletterProfile) -> Parts:
    """The newsletter's logo is among the pictures. Raises InvalidInput for text that can't be
    rendered either.
    """
    links: list[Link] = []
    theme = theme_of(profile.theme)
    pictures = [Picture(theme.logo_url, theme.logo_alt, LOGO)] if theme.logo_url else []
    headings: list[Heading] = []
    braces = [*_braces_of(content.subject, SUBJECT), *_braces_of(content.preheader, PREHEADER)]
    html: list[TypedHtml] = []
    for piece in _pieces(content):
        if piece.url:
            links.append(Link(piece.url, piece.title, piece.link_place, is_title=True))
        tokens = parse(piece.markdown, of=piece.title)
        found = _Walk(piece.place)
        found.through(tokens)
        links += found.links
        pictures += found.pictures
        headings += found.headings
        braces += _braces_in(piece.markdown, tokens, piece.place)
        if tags := dropped_tags(tokens):
            html.append(TypedHtml(tags, piece.place))
    return Parts(tuple(links), tuple(pictures), tuple(headings), tuple(braces), tuple(html))


def fixed_words_findings(profile: NewsletterProfile) -> Iterator[Finding]:
    language = language_of(profile.language)
    if not language.has_words:
        yield note(
            "language-words",
            Place("Language", "newsletter.language"),
            f"The fixed words of this mail are in English: there are none in "
            f"{language.locale.get_display_name('en')} yet.",
        )


def entries_without_link(content: IssueContent) -> list[tuple[str, Place]]:
    return [(piece.title, piece.link_place) for piece in _entries(content) if not piece.url]


def place_of(content: IssueContent, field: str) -> Place:
    """Where on the issue's form a field is."""
    places = (place for piece in _pieces(content) for place in piece.places)
    by_field = {place.field: place for place in places}
    return by_field.get(field) or Place(field.replace("_", " ").capitalize(), field)


def with_fallbacks(line: str) -> str:
    """A subject or preview text with fallbacks instead of fields."""
    tokens = Tokens()
    return tokens.cut_line(tokens.mark_line(one_line(line))).fill(NOBODY)


@dataclass(frozen=True, slots=True)
class _Piece:
    """The introduction, or an entry, and where its text, its link and its title are written."""

    title: str
    url: str
    markdown: str
    place: Place
    link_place: Place
    title_place: Place

    @property
    def places(self) -> tuple[Place, ...]:
        return self.place, self.link_place, self.title_place


def _pieces(content: IssueContent) -> Iterator[_Piece]:
    yield _Piece("the intro", "", content.intro, INTRO, INTRO, INTRO)
    sections = zip(content.section_names, content.sections, strict=True)
    for number, (name, section) in enumerate(sections, 1):
        if section.intro.strip():
            label = f"Introduction of “{shortened(section.title, 40)}”" if section.title else ""
            place = Place(label or f"Text of section {number}", f"{name}-intro")
            yield _Piece("the introduction of a section", "", section.intro, place, place, place)
    yield from _entries(content)


def _entries(content: IssueContent) -> Iterator[_Piece]:
    named = zip(content.entry_names, content.entries, strict=True)
    for number, (name, entry) in enumerate(named, 1):
        label = entry_label(number, entry.title)
        yield _Piece(
            title=entry.title,
            url=entry.url.strip(),
            markdown=entry.body,
            place=Place(label, f"{name}-body"),
            link_place=Place(label, f"{name}-url"),
            title_place=Place(label, f"{name}-title"),
        )


class _Walk:
    def __init__(self, place: Place) -> None:
        self._place = place
        self.links: list[Link] = []
        self.pictures: list[Picture] = []
        self.headings: list[Heading] = []

    def through(self, tokens: Sequence[Token]) -> None:
        for at, token in enumerate(tokens):
            if token.type == "heading_open":
                words = _words_of(tokens[at + 1].children or ())
                self.headings.append(Heading(int(token.tag[1]), words, self._place))
            elif token.type == "inline":
                self._inline(token.children or [])

    def _inline(self, children: Sequence[Token]) -> None:
        for at, token in enumerate(children):
            if token.type == "link_open":
                self._link(str(token.attrGet("href") or ""), _linked(children[at + 1 :]))
            elif token.type == "image":
                source = str(token.attrGet("src") or "")
                alt = _words_of(token.children or ())
                self.pictures.append(Picture(source, alt, self._place))

    def _link(self, url: str, inner: Sequence[Token]) -> None:
        if not _is_personal(url):
            self.links.append(Link(url, _words_of(inner), self._place))


def _linked(after: Sequence[Token]) -> list[Token]:
    """The tokens up to the end of the link; Markdown has none within another."""
    inner: list[Token] = []
    for token in after:
        if token.type == "link_close":
            break
        inner.append(token)
    return inner


def _words_of(tokens: Sequence[Token]) -> str:
    words = []
    for token in tokens:
        if token.type == "image":
            words.append(_words_of(token.children or ()))
        elif token.type in ("softbreak", "hardbreak"):
            words.append(" ")
        else:
            words.append(token.content)
    return "".join(words).strip()


def _is_personal(url: str) -> bool:
    """Whether the address differs for each reader, so that it can't be checked."""
    return "{{" in url or "%7B%7B" in url.upper() or url.startswith(LINK_HOST)


def _braces_of(line: str, place: Place) -> list[Braces]:
    return [
        Braces(one.typed, one.field, one.fallback, one.slot is not None, place)
        for one in placeholders_in(line)
        if one.slot or _looks_like_a_field(one.field)
    ]


def _braces_in(markdown: str, tokens: Sequence[Token], place: Place) -> list[Braces]:
    """Except in code, where braces are just braces."""
    in_code = Counter(one.typed for code in _code_in(tokens) for one in placeholders_in(code))
    found = []
    for one in _braces_of(markdown, place):
        if in_code[one.typed]:
            in_code[one.typed] -= 1
        else:
            found.append(one)
    return found


def _code_in(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in ("code_inline", "code_block", "fence"):
            yield token.content
        yield from _code_in(token.children or ())


def _looks_like_a_field(typed: str) -> bool:
    """Whether it is a misspelt field, rather than code of a template language."""
    return typed.replace(".", "").replace("_", "").replace("-", "").isalnum()
