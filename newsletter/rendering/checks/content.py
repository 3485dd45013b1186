"""An issue's content taken apart for the checks: its links, pictures, headings and fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from newsletter.domain.issues import IssueContent
from newsletter.domain.newsletters import NewsletterProfile
from newsletter.domain.preflight import (
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
    note,
    shortened,
)
from newsletter.domain.themes import theme_of
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
    for place, title, url, markdown in _pieces(content):
        if url:
            links.append(Link(url, title, _title_place(place), is_title=True))
        tokens = parse(markdown, of=title)
        found = _Walk(place)
        found.through(tokens)
        links += found.links
        pictures += found.pictures
        headings += found.headings
        braces += _braces_in(markdown, tokens, place)
        if tags := dropped_tags(tokens):
            html.append(TypedHtml(tags, place))
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
    return [
        (title, _title_place(place))
        for place, title, url, _ in _pieces(content)
        if not url and place is not INTRO
    ]


def as_for_nobody(line: str) -> str:
    """A subject or preview text with the fallbacks in place of its fields."""
    tokens = Tokens()
    return tokens.cut_line(tokens.mark_line(one_line(line))).fill(NOBODY)


def _pieces(content: IssueContent) -> Iterator[tuple[Place, str, str, str]]:
    """(place, title, link, Markdown) of the introduction and each entry."""
    yield INTRO, "the intro", "", content.intro
    number = 0
    for section_at, section in enumerate(content.sections):
        for entry_at, entry in enumerate(section.entries):
            number += 1
            field = f"sections-{section_at}-entries-{entry_at}-body"
            place = Place(f"Entry {number}, “{shortened(entry.title, 50)}”", field)
            yield place, entry.title, entry.url.strip(), entry.body


def _title_place(place: Place) -> Place:
    return Place(place.label, f"{place.field.removesuffix('-body')}-url")


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
    """Differs from reader to reader, so there is nothing to look at."""
    return "{{" in url or "%7B%7B" in url.upper() or url.startswith(LINK_HOST)


def _braces_of(line: str, place: Place) -> list[Braces]:
    return [
        Braces(one.typed, one.field, one.fallback, one.slot is not None, place)
        for one in placeholders_in(line)
        if one.slot or _looks_like_a_field(one.field)
    ]


def _braces_in(markdown: str, tokens: Sequence[Token], place: Place) -> list[Braces]:
    """But for those in code, where braces are braces."""
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
    """A slip in a name, rather than a piece of somebody's template language."""
    return typed.replace(".", "").replace("_", "").replace("-", "").isalnum()
