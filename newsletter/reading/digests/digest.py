"""A digest in any of its forms: text to sections and entries."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.digests import (
    Block,
    BlockKind,
    Digest,
    DigestEntry,
    DigestSection,
    Unplaced,
)
from newsletter.domain.issues.issue_dates import date_problem
from newsletter.reading.digests.asciidoc import is_asciidoc, markdown_of_asciidoc
from newsletter.reading.digests.chats import markdown_of_chat
from newsletter.reading.digests.code import fenced_lines
from newsletter.reading.digests.converted import Converted
from newsletter.reading.digests.feeds.reading import digest_of_feed
from newsletter.reading.digests.footers import without_footer
from newsletter.reading.digests.front_matter import read_front_matter
from newsletter.reading.digests.heads import completed_head, head_above
from newsletter.reading.digests.html_pieces import is_html, markdown_of_html
from newsletter.reading.digests.html_texts import parts_of_page, preview_of_page, texts_of_html
from newsletter.reading.digests.left_out import pieces_left_out
from newsletter.reading.digests.link_targets import complete_links
from newsletter.reading.digests.mails import Mail, is_mail, read_mail
from newsletter.reading.digests.markdown import parse_markdown
from newsletter.reading.digests.notes import place_notes
from newsletter.reading.digests.org import is_org, markdown_of_org
from newsletter.reading.digests.plain import parse_plain
from newsletter.reading.digests.rst import is_rst, markdown_of_rst
from newsletter.reading.digests.sources import OPENS_NEW_WINDOW

_HEADING = re.compile(r"^ {0,3}(?P<marks>#{1,3})[ \t]+(?P<link>\[.*\](?:\(|\[))?")
_UNDERLINE = re.compile(r"^ {0,3}(?:-{3,}|={3,})$")
_UNSEEN = re.compile("[\u200b\u2060]|\u200c(?![^\\W\\d_])|(?<![^\\W\\d_])\u200c")
"""Blanks without width, but for one between letters, which some scripts need."""
MOST_LINES = 120_000
"""That are not blank. A line of reStructuredText takes about an eighth of a millisecond."""
_OTHER_FORMS = (
    (is_org, markdown_of_org),
    (is_rst, markdown_of_rst),
    (is_asciidoc, markdown_of_asciidoc),
)


def parse_digest(
    text: str, *, file_name: str = "", base_url: str = "", today: date | None = None
) -> Digest:
    """Every piece of `text` is in the result: in an entry, in an introduction, or told as dropped.

    The form is recognised by its marks; where they mislead, by which form has entries in it.
    `base_url` completes relative addresses. A date too far from `today` is dropped. Raises
    InvalidInput for what would take minutes to read.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    text = _UNSEEN.sub("", text)
    converted = _as_markdown(text, file_name)
    _require_readable(converted.markdown)
    read = _in_its_form(converted.markdown)
    digest = converted.completed(complete_links(read, converted.markdown, base_url))
    left_out = pieces_left_out(converted.shown, digest)
    digest = replace(digest, unplaced=(*digest.unplaced, *left_out))
    digest = _with_head(digest, file_name)
    digest = _with_an_entry(digest)
    return _without_impossible_date(digest, today)


def _with_head(digest: Digest, file_name: str) -> Digest:
    """What we wrote says all of it in its front matter."""
    if digest.is_ours:
        above, intro = dict[str, str](), digest.intro
    else:
        above, intro = head_above(digest.intro, digest.title)
    given = {**above, **digest.front_matter}
    head = completed_head(given, digest.title or above.get("title", ""), file_name)
    return replace(digest, title=head.get("title", ""), front_matter=head, intro=intro)


def _as_markdown(text: str, file_name: str) -> Converted:
    """Also of plain text, whose own reader takes it as it is where it has no notes."""
    if feed := digest_of_feed(text):
        return feed
    return without_footer(_converted(text, file_name))


def _converted(text: str, file_name: str) -> Converted:
    _require_readable(text)
    if is_mail(text):
        return _of_mail(read_mail(text))
    if is_html(text):
        preview = preview_of_page(text)
        return Converted(
            *markdown_of_html(text),
            head={"preheader": preview} if preview else {},
            dropped=parts_of_page(text),
            shown=texts_of_html(text),
        )
    if other := _html_below_head(text) or markdown_of_chat(text):
        return other
    for is_form, markdown_of in _OTHER_FORMS:
        if is_form(text, file_name):
            return markdown_of(text)
    return place_notes(text)


def _of_mail(mail: Mail) -> Converted:
    """Its text in the form that has, which has lines of its own."""
    text = mail.text.replace("\r\n", "\n").replace("\r", "\n")
    inner = place_notes(text) if is_mail(text) else _converted(text, "")
    return replace(inner, title=mail.subject, head={**mail.head, **inner.head})


def _require_readable(text: str) -> None:
    count = sum(1 for line in text.split("\n") if line and not line.isspace())
    if count > MOST_LINES:
        raise InvalidInput(
            f"This digest has {count:,} lines. The limit is {MOST_LINES:,}.",
            advice="Paste it in parts.",
            field="digest",
        )


def _html_below_head(text: str) -> Converted | None:
    """Front matter above HTML, as blogs have it."""
    if not text.lstrip().startswith(("---", "+++")):
        return None
    lines = text.split("\n")
    end = read_front_matter(lines).end
    body = "\n".join(lines[end:])
    if not end or not is_html(body):
        return None
    return Converted("\n".join([*lines[:end], markdown_of_html(body)[0]]))


def _with_an_entry(digest: Digest) -> Digest:
    """A text with links, none of which is an entry, is one as a whole."""
    if digest.entries or not digest.is_markdown or not digest.title or "](" not in digest.intro:
        return digest
    body = (Block(BlockKind.PARAGRAPH, digest.intro, is_markdown=True),)
    entry = DigestEntry(digest.title, "", (), body, 1, digest.intro)
    return replace(digest, intro="", sections=(DigestSection("", (entry,)), *digest.sections))


def _without_impossible_date(digest: Digest, today: date | None) -> Digest:
    day = digest.front_matter.get("date")
    problem = date_problem(date.fromisoformat(day), today) if day else ""
    if not problem:
        return digest
    others = {key: value for key, value in digest.front_matter.items() if key != "date"}
    dropped = (Unplaced(1, f"date: {day}", problem), *digest.dropped)
    return replace(digest, front_matter=others, dropped=dropped)


def _in_its_form(text: str) -> Digest:
    if not _is_markdown(text):
        plain = parse_plain(text)
        if _has_domains(plain):
            return plain
    markdown = parse_markdown(text)
    if markdown.entries:
        return markdown
    plain = parse_plain(text)
    return plain if _has_domains(plain) else markdown


def _has_domains(digest: Digest) -> bool:
    """The mark of the plain form: domains below the titles, not addresses."""
    return any(
        entry.sources and (not entry.url or len(entry.sources) > 1) for entry in digest.entries
    )


def _is_markdown(text: str) -> bool:
    """By front matter, a `###` or a heading that is a link.

    The web form has headings too, but its links say that they open a new window. And where there
    are `##` alone, they may be the sections of a plain text, whose titles have sources below.
    """
    lines = text.split("\n")
    if read_front_matter(lines).end:
        return True
    if OPENS_NEW_WINDOW.search(text):
        return False
    fenced = fenced_lines(lines)
    marks = {_mark(lines, at) for at in range(len(lines)) if at not in fenced}
    if marks & {"###", "link"}:
        return True
    return "##" in marks and not _has_plain_titles(parse_plain(text), lines)


def _mark(lines: list[str], at: int) -> str:
    """What a line says of the form: `##`, `###`, or that a heading is a link."""
    found = _HEADING.match(lines[at])
    if found:
        return "link" if found["link"] else found["marks"]
    is_underlined = at + 1 < len(lines) and _UNDERLINE.match(lines[at + 1].rstrip())
    return "link" if is_underlined and _is_all_link(lines[at].rstrip()) else ""


def _is_all_link(line: str) -> bool:
    """`[…](…)` or `[…][…]`. By hand: a pattern tries each `](` of a hostile line with each end."""
    text = line.lstrip(" ")
    if len(line) - len(text) > 3 or not text.startswith("["):
        return False
    middle = {")": "](", "]": "]["}.get(text[-1])
    return middle is not None and middle in text[1:-1]


def _has_plain_titles(digest: Digest, lines: list[str]) -> bool:
    return any(
        entry.sources and not lines[entry.line - 1].lstrip().startswith("#")
        for entry in digest.entries
    )
