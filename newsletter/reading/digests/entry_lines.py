"""A line that begins an entry: its title, its link, and the comment behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from newsletter.domain.issue_checks import LONGEST_LINE
from newsletter.reading.digests.headings import parse_inline, text_of
from newsletter.reading.digests.leading_links import LeadingLink, leading_link, lone_address

_LEAD_IN = re.compile(r"^[\s:：–—|,，;·-]+")
_NOTHING_SAID = re.compile(r"[\s!-/:-@\[-`{-~«»·•–—‘’“”…、。「」『』（），：；？！【】《》]*")
_PICTURE = re.compile(r"!\[[^\[\]]*\]\([^()\s]*\)")
_LETTERS = re.compile(r"[^\W\d_]")
LONGEST_SENTENCE = 300
_SENTENCE_BEHIND = re.compile(r"[.!?]\s+[^\W\d_]|[。！？].*\w")
_LEADS_ON = re.compile(r"[:：\]\)】」]\s*$")
_REFERENCE = re.compile(r"[:：,，(（\[]$|\]\(")
_MARKS = ("**", "__", "~~", "*", "_", "`")


@dataclass(frozen=True, slots=True)
class EntryLine:
    """`body` is Markdown; `is_only_link` where nothing else stands on the line. `lines` is how many
    it takes, 0 for all of its paragraph.
    """

    title: str
    url: str
    body: str
    is_only_link: bool = False
    is_address: bool = False
    lines: int = 0


def entry_line(
    text: str, references: MutableMapping[str, Any], *, is_paragraph: bool = False
) -> EntryLine | None:
    """None for text that no link leads.

    Words before the link make it a remark in a paragraph, unless they say what it is (`Video: …`);
    in a list they are part of the title.
    """
    found = leading_link(text, references)
    if found is None or not _is_followable(found.url):
        return None
    if is_paragraph and _LETTERS.search(found.before) and not _LEADS_ON.search(found.before):
        return None
    before, after = _without_marks(found.before, found.after)
    title = _title(before, found, references)
    body = _comment(after)
    if not title or len(title) > LONGEST_LINE:
        return None
    hint = f"\n\n{found.hint}" if found.hint and found.hint.casefold() != title.casefold() else ""
    pictures = "\n\n".join(_PICTURE.findall(found.before + found.label))
    return EntryLine(
        title=title,
        url=found.url,
        body="\n\n".join(filter(None, [pictures, body + hint if body else hint.strip()])),
        is_only_link=not before.strip() and not body,
        is_address=found.is_address,
    )


def titles_above_addresses(lines: Sequence[str]) -> Iterator[tuple[int, EntryLine]]:
    """Each title of a paragraph that has its address on the line below, with the place of its first
    line. A title may run over two lines at the beginning.
    """
    for at in range(1, len(lines)):
        found = lone_address(lines[at])
        title = " ".join(lines[at - 1].split())
        if not found or not title or lone_address(title) or len(title) > 200:
            continue
        first = at - 1
        if at == 2 and len(lines[0].split()) > 3 and lines[0].strip()[-1] not in ".!?:。！？：":
            first, title = 0, " ".join(f"{lines[0]} {title}".split())
        if not _REFERENCE.search(title):
            yield first, EntryLine(title, found, "", lines=at + 1 - first)


def is_one_sentence(text: str) -> bool:
    return len(text) <= LONGEST_SENTENCE and not _SENTENCE_BEHIND.search(text)


def section_line(text: str, references: MutableMapping[str, Any]) -> tuple[str, str]:
    """The title that a line gives to what is below it, and what else it says, in Markdown."""
    line = " ".join(text.split())
    found = leading_link(line, references, most_before=120)
    if found is None and len(line) <= 120:
        return _plain(line, references).rstrip(":：").strip(), ""
    cut = len(found.before) if found else 0
    head = line[:cut].rstrip(" (（[:：")
    title = _plain(head, references)
    if found is None or len(title) < 2:
        return "", line
    return title, line[len(head) :].strip()


def _is_followable(url: str) -> bool:
    scheme, colon, _ = url.partition(":")
    if not colon or "/" in scheme:
        return bool(url) and not url.startswith("#")
    return scheme.lower() in ("http", "https", "mailto")


def _without_marks(before: str, after: str) -> tuple[str, str]:
    """Without the emphasis that the link stands in."""
    for mark in _MARKS:
        if before.count(mark) % 2 and mark in after:
            before = before.replace(mark, "", 1) if before.startswith(mark) else before
            if after.startswith(mark):
                before = before.removesuffix(mark)
                after = after.removeprefix(mark)
            else:
                after = after.replace(mark, "", 1)
    return before, after


def _title(before: str, found: LeadingLink, references: MutableMapping[str, Any]) -> str:
    lead = _PICTURE.sub("", before)
    if found.is_address:
        named = _plain(lead, references).rstrip(":：–—- ")
        if _LETTERS.search(named):
            return named
        return " ".join(f"{named} {found.label}".split())
    label = _plain(found.label, references) or found.url
    lead = _plain(lead, references)
    space = " " if before[-1:].isspace() and lead else ""
    return f"{lead}{space}{label}".strip()


def _plain(markdown: str, references: MutableMapping[str, Any]) -> str:
    return " ".join(text_of(parse_inline(markdown.strip(), references)).split())


def _comment(after: str) -> str:
    if _NOTHING_SAID.fullmatch(after):
        return ""
    return _LEAD_IN.sub("", after).strip()
