"""An issue rendered once: the public copy, and the parts that each reader's copy is joined from."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from newsletter.domain.clicks.counted_links import EditionLink
from newsletter.domain.issues.issue import IssueContent, layout_of
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.newsletters.themes import theme_of
from newsletter.rendering.bodies.placeholders import Tokens
from newsletter.rendering.bodies.wrapping import WIDTH, columns, wrap
from newsletter.rendering.edition.compact_lists import make_lists
from newsletter.rendering.edition.counted_links import LinkRules, count_links
from newsletter.rendering.edition.issue_view import IssueView, Manner, view_issue
from newsletter.rendering.edition.table_breaks import break_tables
from newsletter.rendering.parts.base64_parts import Base64Part
from newsletter.rendering.parts.personal import NOBODY, Escape, ReaderValues, Slot, Source
from newsletter.rendering.parts.personal_parts import (
    Assembly,
    PersonalLine,
    PersonalPart,
    part_from_json,
)
from newsletter.rendering.templates.templates import ISSUE_HTML, ISSUE_TEXT, Templates, templates_in
from newsletter.rendering.templates.theme import inner_width, look_values
from newsletter.rendering.templates.words import language_of, with_sponsor_label
from newsletter.urls import archive_url, signup_url

HTML_BUDGET_BYTES = 90_000
"""Encoded. Gmail cuts a mail off at about 102 KB, and with it the link to unsubscribe."""

_PART_NAME = re.compile(r' data-part="[a-z0-9-]+"')

PREHEADER_FILLER = Markup("&#8199;&zwnj; " * 40)  # noqa: S704  ours
"""Keeps what follows in the body out of the line that inboxes show behind the subject."""


@dataclass(frozen=True, slots=True)
class Note:
    """What colleagues read above a proof: who sends it, and what they are asked."""

    heading: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class RenderedEdition:
    """`subject`, `html` and `text` are the public copy, for the web: nothing personal is in them.

    `boundary` separates the MIME parts, the same in every copy.
    """

    subject: str
    html: str
    text: str
    boundary: str
    subject_line: PersonalLine
    html_part: PersonalPart | Base64Part
    text_part: PersonalPart | Base64Part
    links: tuple[EditionLink, ...] = ()
    """Where clicks are counted; kept in a table of their own."""

    @property
    def names_reader_in_links(self) -> bool:
        slots = (*self.html_part.slots, *self.text_part.slots)
        return any(slot.source is Source.CLICKS for slot in slots)

    def pieces(self, values: ReaderValues) -> tuple[list[bytes], list[bytes]]:
        """What one reader's text and HTML are joined from, already encoded."""
        text, html = self._assembly.pieces(values)
        return text, html

    @cached_property
    def _assembly(self) -> Assembly:
        return Assembly([self.text_part, self.html_part])

    @property
    def html_bytes(self) -> int:
        """The HTML part as it is encoded in a mail, but for the reader's own values."""
        return self.html_part.size

    @property
    def is_over_budget(self) -> bool:
        return self.html_bytes > HTML_BUDGET_BYTES

    def to_json(self) -> dict[str, Any]:
        return {
            "version": 2,
            "subject": self.subject,
            "html": self.html,
            "text": self.text,
            "boundary": self.boundary,
            "subject_line": self.subject_line.to_json(),
            "html_part": self.html_part.to_json(),
            "text_part": self.text_part.to_json(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> RenderedEdition:
        """Version 1 had the same subject for all."""
        line = stored.get("subject_line") or {"texts": [stored["subject"]], "slots": []}
        return cls(
            subject=stored["subject"],
            html=stored["html"],
            text=stored["text"],
            boundary=stored["boundary"],
            subject_line=PersonalLine.from_json(line),
            html_part=part_from_json(stored["html_part"]),
            text_part=part_from_json(stored["text_part"]),
        )


@dataclass(frozen=True, slots=True)
class WritingCopy:
    """A copy for the page where an issue is written. `html_bytes` are those of the mail itself."""

    subject: str
    html: str
    text: str
    html_bytes: int


@dataclass(frozen=True)
class PreparedIssue:
    """An issue whose words are said and whose bodies are rendered: what its templates are filled
    with, `public` for the web and `personal` with a token for whatever differs between readers.
    """

    view: IssueView
    tokens: Tokens
    templates: Templates
    subject_line: PersonalLine
    public: Mapping[str, Any]
    personal: Mapping[str, Any]
    links: tuple[EditionLink, ...] = ()

    def public_html(self) -> str:
        """The copy for the web, without anything personal. Raises BrokenTemplate."""
        html = self.templates.html(ISSUE_HTML, self.public)
        return self.tokens.filled(html, Escape.HTML, NOBODY)

    def edition(self) -> RenderedEdition:
        """Raises BrokenTemplate."""
        templates, tokens = self.templates, self.tokens
        return RenderedEdition(
            subject=self.subject_line.fill(NOBODY) or self.view.title,
            html=self.public_html(),
            text=tokens.filled(templates.text(ISSUE_TEXT, self.public), Escape.PLAIN, NOBODY),
            boundary=new_boundary(secrets.token_hex(16)),
            subject_line=self.subject_line,
            html_part=tokens.cut(templates.html(ISSUE_HTML, self.personal), Escape.HTML),
            text_part=tokens.cut(templates.text(ISSUE_TEXT, self.personal), Escape.PLAIN),
            links=self.links,
        )

    def copy_to_write_by(self, values: ReaderValues) -> WritingCopy:
        """One reader's copy with the names of its parts, without the public one: it is rendered
        while someone types. Raises BrokenTemplate.
        """
        templates, tokens = self.templates, self.tokens
        html = templates.html(ISSUE_HTML, {**self.personal, "names_parts": True})
        sent = tokens.cut(_PART_NAME.sub("", html), Escape.HTML)
        return WritingCopy(
            subject=self.subject_line.fill(values) or self.view.title,
            html=tokens.filled(html, Escape.HTML, values),
            text=tokens.filled(templates.text(ISSUE_TEXT, self.personal), Escape.PLAIN, values),
            html_bytes=sent.size,
        )

    def mjml(self, values: ReaderValues) -> str:
        """What one reader's HTML is compiled from, for people to look at."""
        source = self.templates.mjml(ISSUE_HTML, self.personal)
        return self.tokens.filled(source, Escape.HTML, values)


def prepare_issue(  # noqa: PLR0913  what an issue is rendered from
    content: IssueContent,
    profile: NewsletterProfile,
    *,
    web_url: str,
    issue_date: date | None,
    public_url: str,
    templates: Templates | None = None,
    note: Note | None = None,
    link_rules: LinkRules | None = None,
) -> PreparedIssue:
    """`web_url` is the edition's own page, `issue_date` the day in the newsletter's time zone,
    None for an old issue whose day nobody knows.

    `templates` default to the built-in ones. `note` is shown at the top of a proof. Without
    `link_rules` links stay as they were written, as they do on the web.

    Raises InvalidInput for an issue that can't be rendered. Whether the newsletter may send is
    asked elsewhere: a draft is looked at before the postal address is known.
    """
    templates, tokens = templates or templates_in(""), Tokens()
    label = profile.sponsor_labels.get(profile.language, "")
    language = with_sponsor_label(language_of(profile.language), label)
    look = look_values(profile.theme, language)
    manner = Manner(
        language,
        tokens,
        templates.style_sheet(look),
        inner_width(theme_of(profile.theme)),
    )
    view = view_issue(content, profile, issue_date, manner)
    view = replace(
        view, sections=break_tables(make_lists(view.sections, layout_of(profile.layout)))
    )
    places = _places(profile, view, web_url, public_url)
    mailed, links = count_links(view, link_rules, tokens) if link_rules else (view, ())
    return PreparedIssue(
        view=view,
        tokens=tokens,
        templates=templates,
        subject_line=tokens.cut_line(view.subject),
        public={**look, **places, "note": None, **_values(view, profile, None)},
        personal={**look, **places, "note": note, **_values(mailed, profile, tokens)},
        links=links,
    )


def preview(edition: RenderedEdition, values: ReaderValues) -> tuple[str, str]:
    """The HTML and the plain text of one reader's copy, as they arrive."""
    return edition.html_part.filled_text(values), edition.text_part.filled_text(values)


def new_boundary(unique: str) -> str:
    """`=_` can't occur in quoted-printable nor base64, so no text can end a part early."""
    return f"=_{unique}"


def _places(
    profile: NewsletterProfile, view: IssueView, web_url: str, public_url: str
) -> dict[str, str]:
    body = quote(f"{view.title}\r\n{web_url}", safe="")
    return {
        "web_url": web_url,
        "signup_url": signup_url(public_url, profile.slug),
        "archive_url": archive_url(public_url, profile.slug),
        "share_url": f"mailto:?subject={quote(view.title, safe='')}&body={body}",
    }


def _values(view: IssueView, profile: NewsletterProfile, tokens: Tokens | None) -> dict[str, Any]:
    """What the templates of an issue may say; without `tokens`, of the public copy."""
    language = view.language
    return {
        "issue": view,
        "title": view.title,
        "language": language,
        "say": language.say,
        "postal_lines": [line.strip() for line in profile.postal_address.splitlines()],
        "description": profile.description,
        "is_public": tokens is None,
        "names_parts": False,
        "reason": _reason(view, tokens),
        "reason_text": _reason_text(view, tokens),
        "unsubscribe_url": tokens.of(Slot(Source.UNSUBSCRIBE)) if tokens else "",
        "preferences_url": tokens.of(Slot(Source.PREFERENCES)) if tokens else "",
        "rule": "-" * WIDTH,
        "underline": lambda text, mark: mark * min(columns(text), WIDTH),
        "wrap": lambda text: "\n".join(wrap(text)),
        "bullet": lambda text: "\n".join(wrap(text, first="- ", rest="  ")),
        "preheader_filler": PREHEADER_FILLER,
    }


def _reason(view: IssueView, tokens: Tokens | None) -> Markup:
    """One sentence; the reader's address in it is kept from turning into a link of its own."""
    if tokens is None:
        return escape(view.language.say("public_reason", newsletter=view.newsletter))
    sentence = str(escape(view.language.say("reason", address="\0")))
    address = f'<span class="plain" dir="ltr">{tokens.of(Slot(Source.ADDRESS))}</span>'
    return Markup(sentence.replace("\0", address))  # noqa: S704  escaped above


def _reason_text(view: IssueView, tokens: Tokens | None) -> str:
    if tokens is None:
        return view.language.say("public_reason", newsletter=view.newsletter)
    return view.language.say("reason", address=tokens.of(Slot(Source.ADDRESS)))
