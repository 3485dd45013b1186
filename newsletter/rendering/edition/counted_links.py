"""The links of an edition, rewritten to lead through us where clicks are counted.

Only what an editor wrote is rewritten. The links of our templates (unsubscribe, preferences, view
in browser, share) never pass here.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field, replace

from markupsafe import Markup

from newsletter.domain.clicks.counted_links import (
    ClickCounting,
    EditionLink,
    Parameters,
    is_countable,
    parse_parameters,
    with_parameters,
)
from newsletter.rendering.bodies.markdown import safe_url
from newsletter.rendering.bodies.placeholders import Tokens
from newsletter.rendering.edition.issue_view import EntryView, IssueView, SectionView
from newsletter.rendering.parts.personal import Slot, Source, one_line
from newsletter.urls import click_url, is_ours

LONGEST_LABEL = 200

_LINK = re.compile(
    r'(?P<before><a\b[^>]*?\bhref=")(?P<url>[^"]*)(?P<after>"[^>]*>)(?P<words>.*?)</a>', re.DOTALL
)
_ALT = re.compile(r'<img\b[^>]*?\balt="([^"]*)"[^>]*>')
_TAG = re.compile(r"<[^>]*>")
_NOTE = re.compile(r"^(\s*\[\d+\] )(\S+)$", re.MULTILINE)
"""How the plain text lists the targets of its links."""


@dataclass(frozen=True, slots=True)
class LinkRules:
    """`token` stands in every link where clicks are counted in sum; each reader has another one
    where they are counted by reader.
    """

    counting: ClickCounting
    token: str
    public_url: str
    parameters: Parameters
    number: int | None


def count_links(
    view: IssueView, rules: LinkRules, tokens: Tokens
) -> tuple[IssueView, tuple[EditionLink, ...]]:
    """The view of the mail, and the links to keep with the edition."""
    links = _Links(rules, tokens)
    intro = links.place("", 0, untracked=view.untracked)
    view = replace(view, intro=intro.in_html(view.intro), intro_text=intro.in_text(view.intro_text))
    ordinals = iter(range(1, 1 + sum(len(section.entries) for section in view.sections)))
    sections = []
    for section in view.sections:
        place = links.place(section.title, 0, untracked=section.untracked)
        sections.append(
            replace(
                section,
                intro=place.in_html(section.intro),
                intro_text=place.in_text(section.intro_text),
                entries=tuple(
                    _entry(entry, links, section, next(ordinals)) for entry in section.entries
                ),
            )
        )
    return replace(view, sections=tuple(sections)), tuple(links.kept)


def _entry(entry: EntryView, links: _Links, section: SectionView, ordinal: int) -> EntryView:
    if entry.plain_links:
        return entry
    place = links.place(section.title, ordinal, entry.link_parameters, entry.untracked)
    return replace(
        entry,
        url=place.written(entry.url, entry.title),
        body=place.in_html(entry.body),
        comment=place.in_html(Markup(entry.comment)),  # noqa: S704  a piece of the body
        text=place.in_text(entry.text),
    )


class _Links:
    """The links of one rendering, numbered in the order of the page."""

    def __init__(self, rules: LinkRules, tokens: Tokens) -> None:
        self.rules = rules
        self.tokens = tokens
        self.kept: list[EditionLink] = []

    def place(
        self,
        section: str,
        position: int,
        parameters: str = "",
        untracked: frozenset[str] = frozenset(),
    ) -> _Place:
        merged = {**self.rules.parameters, **parse_parameters(parameters)}
        return _Place(self, section, position, merged, untracked)

    def number(self, url: str, label: str, section: str, position: int) -> int:
        label = one_line(self.tokens.as_typed(label))[:LONGEST_LABEL]
        self.kept.append(EditionLink(len(self.kept) + 1, url, label, section, position))
        return len(self.kept)


@dataclass
class _Place:
    """An introduction or an entry. The same address in it is the same link."""

    links: _Links
    section: str
    position: int
    parameters: Parameters
    untracked: frozenset[str]
    """Addresses that stay as they were written."""
    _written: dict[str, str] = field(default_factory=dict)

    def written(self, url: str, label: str) -> str:
        """What the mail has in place of the address."""
        rules = self.links.rules
        is_left = url in self.untracked or self.links.tokens.are_in(url)
        if is_left or not is_countable(url, label) or is_ours(rules.public_url, url):
            return url
        if url not in self._written:
            self._written[url] = self._counted(
                with_parameters(url, self.parameters, rules.number), label
            )
        return self._written[url]

    def in_html(self, fragment: Markup) -> Markup:
        return Markup(_LINK.sub(self._in_link, fragment))  # noqa: S704  only addresses change

    def in_text(self, text: str) -> str:
        """After the HTML: of a link whose words are its address the text shows no note."""
        return _NOTE.sub(lambda note: note[1] + self._written.get(note[2], note[2]), text)

    def _in_link(self, link: re.Match[str]) -> str:
        words = html.unescape(_TAG.sub("", _ALT.sub(r"\1", link["words"])))
        url = self.written(safe_url(html.unescape(link["url"])), words)
        if url not in self._written.values():
            return link[0]
        return f"{link['before']}{html.escape(url)}{link['after']}{link['words']}</a>"

    def _counted(self, url: str, label: str) -> str:
        rules = self.links.rules
        if rules.counting is ClickCounting.OFF:
            return url
        number = self.links.number(url, label, self.section, self.position)
        token = rules.token or self.links.tokens.of(Slot(Source.CLICKS))
        return click_url(rules.public_url, token, number)
