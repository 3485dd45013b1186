"""A line that begins an entry: its title, its link, and the comment behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from newsletter.domain.issues.issue_checks import LONGEST_LINE
from newsletter.reading.digests.headings import links_of, parse_inline, text_of, written
from newsletter.reading.digests.leading_links import (
    MOST_BEFORE,
    LeadingLink,
    leading_link,
    lone_address,
)

_LEAD_IN = re.compile(
    r"^(?:[\s:：–—|,，、;·-]|&(?:mdash|ndash|middot|bull|nbsp|#821[12]);|[.。!！]\s+(?=\S))+"
)
_NOTHING_SAID = re.compile(r"[\s!-/:-@\[-`{-~«»·•–—‘’“”…、。「」『』（），：；？！【】《》]*")
_SIGNED = re.compile(r"\s*—\s(?:[A-Z][\w.'’-]*\s?){1,4}\.?\s*")
"""A name behind a long dash says who wrote it (authors.py)."""
_PICTURE = re.compile(r"!\[[^\[\]]*\]\([^()\s]*\)")
_WORD = re.compile(r"\w")
_LETTERS = re.compile(r"[^\W\d_]")
LONGEST_SENTENCE = 300
_LONGEST_BEFORE = 1_000
_FIRST_SENTENCE = re.compile(r".{20,300}?(?:[.!?](?=\s)|[。！？])", re.DOTALL)
LONGEST_TITLE = 140
"""A sentence about a link that is no longer than that is the title, all of it."""
_FEWEST_WORDS_BEHIND_COMMA = 4
_GOES_ON = re.compile(r"\s+[\w\"'“”«`*\[]|[,，]\s|[\u2e80-\u2fff\u3005-\u9fff\uac00-\ud7a3]")
_REST_OF_SENTENCE = re.compile(
    r"(?P<rest>.*?)(?:[.。](?=\s|$)|(?<=[!?！？])(?=\s|$)|(?=\s[–—-]+\s)|(?=[:：]\s)|$)",
    re.DOTALL,
)
_ANY_LINK = re.compile(
    r"!?\[(?:[^\[\]]|\[[^\[\]]*\](?:\([^()\s]*\))?){1,300}\](?:\([^()]*\)|\[[^\[\]]*\])"
)
_LABEL_OF_ROW = re.compile(r"^[^:：]{1,30}[:：]")
_LONGEST_ROW = 2_000
_TABLE_RULE = re.compile(r"\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?\s*)?")
_ENTITY_DASH = re.compile(r"&(?:mdash|ndash);")
_SENTENCE_BEHIND = re.compile(r"[.!?]\s+[^\W\d_]|[。！？].*\w")
_COMMENT_BEHIND = re.compile(r"[>)\s]*\s[–—-]+\s+(?P<comment>\S.*)$")
_BEFORE_SOURCE = re.compile(r"(?:\s[–—-]|[:：])\s*$")
_LEADS_ON = re.compile(r"[:：\]\)】」]\s*$")
_REFERENCE = re.compile(r"[:：,，(（\[]$|\]\(")
_MARKS = ("**", "__", "~~", "*", "_", "`")


@dataclass(frozen=True, slots=True)
class EntryLine:
    """`body` is Markdown; `is_only_link` where nothing else stands on the line. `lines` is how many
    it takes, 0 for all of its paragraph. `label` is that of the link, `before` what leads to it;
    `goes_on` where its sentence does, behind the link.
    """

    title: str
    url: str
    body: str
    is_only_link: bool = False
    is_address: bool = False
    lines: int = 0
    label: str = ""
    before: str = ""
    goes_on: bool = False


def entry_line(
    text: str,
    references: MutableMapping[str, Any],
    *,
    is_paragraph: bool = False,
    most_before: int = MOST_BEFORE,
) -> EntryLine | None:
    """None for text that no link leads.

    Words before the link make it a remark in a paragraph, unless they say what it is (`Video: …`);
    in a list they are part of the title. `most_before` is how many characters they may be.
    """
    found = leading_link(text, references, most_before)
    if found is None or not _is_followable(found.url):
        return None
    is_led_by_words = bool(_LETTERS.search(found.before)) and not _LEADS_ON.search(found.before)
    if is_paragraph and (is_led_by_words or _is_in_brackets(found.before) or _is_picture(found)):
        return None
    title, body = _title_and_comment(found, references, is_led_by_words=is_led_by_words)
    if not title or len(title) > LONGEST_LINE:
        return None
    hint = f"\n\n{found.hint}" if found.hint and found.hint.casefold() != title.casefold() else ""
    pictures = "\n\n".join(_PICTURE.findall(found.before + found.label))
    return EntryLine(
        title=title,
        url=found.url,
        body="\n\n".join(filter(None, [pictures, body + hint if body else hint.strip()])),
        is_only_link=not found.before.strip("*_ ") and not body,
        is_address=found.is_address,
        label=found.label,
        before=found.before.strip(),
        goes_on=bool(_GOES_ON.match(found.after)),
    )


def line_with_link_at_end(text: str, references: MutableMapping[str, Any]) -> EntryLine | None:
    """`Ann has mended the winch. Read how: https://…`. Of a long text, the first sentence is the
    title. None for one with other links.
    """
    found = leading_link(text, references, _LONGEST_BEFORE)
    if found is None or not _is_followable(found.url) or not _NOTHING_SAID.fullmatch(found.after):
        return None
    is_address = found.is_address or is_written_as_address(found.label, found.url)
    label = "" if is_address else f"[{found.label}](<{found.url}>)"
    title, body = _plain(f"{found.before}{label}", references), ""
    sentence = _FIRST_SENTENCE.match(found.before) if len(title) > LONGEST_TITLE else None
    if sentence:
        title = _plain(sentence[0], references)
        body = f"{found.before[sentence.end() :]}{label}".strip()
    title = title.rstrip(" ,:–—-，：")
    if not _LETTERS.search(title) or len(title) > LONGEST_SENTENCE:
        return None
    return EntryLine(
        title, found.url, body, is_address=is_address, label=found.label, before=found.before
    )


def line_with_source_at_end(text: str, references: MutableMapping[str, Any]) -> EntryLine | None:
    """`Ann has mended the winch - [Harbour News.](…)`, or an address behind a colon or dash."""
    found = line_with_link_at_end(text, references)
    if found is None or not _BEFORE_SOURCE.search(found.before) or len(found.title) > LONGEST_TITLE:
        return None
    if found.is_address:
        return found
    title = _plain(_BEFORE_SOURCE.sub("", found.before), references)
    label = f"[{found.label}](<{found.url}>)"
    return replace(found, title=title, body=label) if title else None


def is_written_as_address(label: str, url: str) -> bool:
    """`[example.org/ropes](https://example.org/ropes)`."""
    shown = label.replace("\\", "").strip().rstrip("/")
    return "." in shown and " " not in shown and shown in url


def _is_picture(found: LeadingLink) -> bool:
    """A picture that is a link, without a word beside it."""
    label, pictures = _PICTURE.subn("", found.label)
    return pictures > 0 and not _WORD.search(label)


def _title_and_comment(
    found: LeadingLink, references: MutableMapping[str, Any], *, is_led_by_words: bool
) -> tuple[str, str]:
    if is_led_by_words and _is_in_brackets(found.before):
        named = _name_before_bracket(found, references)
        if named:
            return named
    before, emphasised, after = _emphasis_around(found.before, found.after)
    if emphasised:
        title = _plain(f"{before}{found.label}{emphasised}", references).rstrip(" :：.")
        return title, _comment(after)
    before, after = _without_marks(before, after)
    if is_led_by_words:
        whole = _whole_sentence(before, found, after, references)
        if whole:
            return whole
    return _title(before, found, references), _comment(after)


def _is_in_brackets(before: str) -> bool:
    return before.count("(") > before.count(")") or before.count("（") > before.count("）")


def _name_before_bracket(
    found: LeadingLink, references: MutableMapping[str, Any]
) -> tuple[str, str] | None:
    """`Ropes ([source](…)) are strong`: the name, and all that follows it."""
    at = max(found.before.rfind("("), found.before.rfind("（"))
    name = _plain(found.before[:at], references)
    if not name or found.is_address:
        return None
    return name, f"{found.before[at:]}[{found.label}](<{found.url}>){found.after}".strip()


def _emphasis_around(before: str, after: str) -> tuple[str, str, str]:
    """`**[Ropes](…) are strong:** …`: what stands in the same emphasis as the link is title."""
    end = after.find("**")
    if before.count("**") % 2 == 0 or end <= 0 or end > LONGEST_TITLE or "](" in after[:end]:
        return before, "", after
    return before.replace("**", "", 1), after[:end], after[end + 2 :]


def _whole_sentence(
    before: str, found: LeadingLink, after: str, references: MutableMapping[str, Any]
) -> tuple[str, str] | None:
    """`Ann has [mended](…) the winch.` as it is. Its other links begin the comment."""
    after = _ENTITY_DASH.sub("—", after)
    if not _GOES_ON.match(after):
        return None
    split = _REST_OF_SENTENCE.match(after)
    rest = split["rest"] if split else after
    is_remark = after[0] in ",，" and len(rest.split()) <= _FEWEST_WORDS_BEHIND_COMMA
    label = "" if found.is_address else found.label
    title = _plain(f"{before}{label}{rest}", references)
    if is_remark or rest.count("[") != rest.count("]") or len(title) > LONGEST_TITLE:
        return None
    links = [written(link) for link in links_of(parse_inline(rest.strip(), references))]
    remainder = after[split.end() :] if split else ""
    return title, "\n\n".join(filter(None, [", ".join(links), _comment(remainder)]))


def titles_above_addresses(lines: Sequence[str]) -> Iterator[tuple[int, EntryLine]]:
    """Each title of a paragraph that has its address on the line below, with the place of its first
    line. A title may run over two lines at the beginning; behind a dash, the address may be
    followed by the comment. Where addresses come first, what is below each is about it.
    """
    if lone_address(lines[0]) and not lone_address(lines[-1]):
        return
    is_list = len(lines) > 2 and len(lines) == 2 * sum(map(bool, map(lone_address, lines[1::2])))
    for at in range(1, len(lines)):
        found, comment = _address_of_line(lines[at])
        title = " ".join(lines[at - 1].split())
        if not found or not title or begins_with_address(title) or len(title) > 200:
            continue
        first = at - 1
        if at == 2 and len(lines[0].split()) > 3 and lines[0].strip()[-1] not in ".!?:。！？：":
            first, title = 0, " ".join(f"{lines[0]} {title}".split())
        if is_list or not _REFERENCE.search(title):
            title = title.rstrip(":：") if is_list else title
            yield first, EntryLine(title, found, comment, lines=at + 1 - first)


def begins_with_address(line: str) -> bool:
    found = leading_link(line[:LONGEST_SENTENCE], {}, 2) if "://" in line[:20] else None
    return found is not None and found.is_address


def _address_of_line(line: str) -> tuple[str, str]:
    """The address that a line is, or begins with, and the comment behind its dash."""
    if found := lone_address(line):
        return found, ""
    led = leading_link(line, {}, 2) if "://" in line[:20] else None
    behind = _COMMENT_BEHIND.match(led.after) if led and led.is_address else None
    return (led.url, behind["comment"]) if led and behind else ("", "")


def lines_with_address_at_end(lines: Sequence[str]) -> list[tuple[int, EntryLine]]:
    """Of a paragraph most of whose lines end in an address: each such line is an entry."""
    if sum("://" in line for line in lines) * 2 < len(lines) or len(lines) < 2:
        return []
    each = [(at, line_with_link_at_end(line, {})) for at, line in enumerate(lines)]
    found = [(at, replace(one, lines=1)) for at, one in each if one and one.is_address]
    return found if len(found) > 1 and 2 * len(found) >= len(lines) else []


def is_one_sentence(text: str) -> bool:
    """With one link."""
    is_short = len(text) <= LONGEST_SENTENCE and text.count("](") <= 1
    return is_short and not _SENTENCE_BEHIND.search(text)


def is_row_of_links(text: str) -> bool:
    """Links and nothing else on one line, such as those to the issues before and after, or behind a
    label (`Also as: [PDF](…) / [HTML](…)`); a table.
    """
    lines = text.strip().split("\n")
    if len(lines) > 1:
        return lines[0].count("|") > 1 and bool(_TABLE_RULE.fullmatch(lines[1].strip()))
    if len(text) > _LONGEST_ROW:
        return False
    links = len(_ANY_LINK.findall(lines[0]))
    around = _LABEL_OF_ROW.sub("", _ANY_LINK.sub("", lines[0]))
    return links > 1 and not _LETTERS.search(around)


def linked_picture(text: str, references: MutableMapping[str, Any]) -> str:
    """The address of a picture that is all of `text`, and a link; else ""."""
    found = leading_link(text, references, 0) if "![" in text else None
    is_all = found is not None and _is_picture(found) and not (found.before + found.after).strip()
    return found.url if found and is_all else ""


def is_aside(found: EntryLine) -> bool:
    """In brackets, behind what a sentence is about."""
    return _is_in_brackets(found.before)


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
    if _SIGNED.fullmatch(after):
        return after.strip()
    return _LEAD_IN.sub("", after).strip()
