"""The link that a line begins with, or that its first words lead to: `- 🔧 [Winch](…) – a tool`.

What stands around it stays Markdown, cut from the line as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.rules_inline import StateInline

from newsletter.domain.bare_addresses import bare_address, without_brackets

MOST_BEFORE = 20
"""Visible characters before a link that still lead to it."""
MAX_LINE = 20_000
"""A longer line is not looked through for links."""

_MARKDOWN = MarkdownIt("commonmark")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"`|\\^{}\[\]]+", re.IGNORECASE)
_MAY_BE_ADDRESS = re.compile(r"^\W{0,4}(?:https?://|www\.)", re.IGNORECASE)
_WORD = re.compile(r"\w")
_ANGLE = re.compile(r"<((?:https?://|www\.)[^\s<>]+)>", re.IGNORECASE)
_MARKS = re.compile(r"\*\*|__|~~|[*_`]")
_BLANK_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class LeadingLink:
    """`before` and `after` are Markdown, `label` is that of the link, `url` as it was typed.

    `is_address` where the link is a bare address, which is its own label.
    """

    before: str
    label: str
    url: str
    after: str
    hint: str = ""
    is_address: bool = False


def leading_link(
    text: str, references: MutableMapping[str, Any], most_before: int = MOST_BEFORE
) -> LeadingLink | None:
    """None where the first link of `text` has more visible characters than that before it."""
    if len(text) > MAX_LINE:
        return None
    at = seen = 0
    while at < len(text) and seen <= most_before:
        found = _link_at(text, at, references)
        if found:
            return found
        mark = _MARKS.match(text, at)
        if text[at] == "\\" and at + 1 < len(text):
            at, seen = at + 2, seen + 1
        elif mark:
            at = mark.end()
        elif text[at] == "!" and text[at + 1 : at + 2] == "[":
            end = _end_of_picture(text, at, references)
            at, seen = end or at + 2, seen + (end == 0)
        else:
            seen += not text[at].isspace() or not text[at - 1 : at].isspace()
            at += 1
    return None


def _link_at(text: str, at: int, references: MutableMapping[str, Any]) -> LeadingLink | None:
    if text[at] == "[":
        return _bracketed(text, at, references)
    if text[at] == "<":
        angle = _ANGLE.match(text, at)
        return _addressed(text, at, angle[1], angle.end()) if angle else None
    if text[at] in "hHwW" and not (at and text[at - 1].isalnum()):
        bare = _ADDRESS.match(text, at)
        if bare:
            url = bare_address(bare[0])
            return _addressed(text, at, url, at + len(url))
    return None


def lone_address(line: str) -> str:
    """The address that is all of a line, but for punctuation; else ""."""
    if not _MAY_BE_ADDRESS.search(line):
        return ""
    found = leading_link(line, {}, most_before=4)
    if found is None or not found.is_address or _WORD.search(found.before + found.after):
        return ""
    return found.url


def _addressed(text: str, at: int, url: str, end: int) -> LeadingLink:
    full = url if "://" in url else f"https://{url}"
    before, after = without_brackets(text[:at], text[end:])
    return LeadingLink(before, url, full, after, is_address=True)


def _bracketed(text: str, at: int, references: MutableMapping[str, Any]) -> LeadingLink | None:
    """`[label](address "hint")`, `[label][reference]` and `[label]` with a definition."""
    state = StateInline(text, _MARKDOWN, references, [])
    label_end = _MARKDOWN.helpers.parseLinkLabel(state, at)
    if label_end < 0:
        return None
    label = text[at + 1 : label_end]
    inline = _target(text, label_end + 1)
    if inline:
        url, hint, end = inline
        return LeadingLink(text[:at], label, url, text[end:], hint)
    end, name = label_end + 1, label
    if text[end : end + 1] == "[":
        name_end = _MARKDOWN.helpers.parseLinkLabel(state, end)
        if name_end >= 0:
            name, end = text[end + 1 : name_end] or label, name_end + 1
    known = references.get("references", {}).get(normalizeReference(name))
    if known is None:
        return None
    return LeadingLink(text[:at], label, known["href"], text[end:], known.get("title", ""))


def _target(text: str, at: int) -> tuple[str, str, int] | None:
    """Address, hint and end of `(address "hint")`; CommonMark 0.31, 6.3."""
    if text[at : at + 1] != "(":
        return None
    at = _skipped(text, at + 1)
    target = _MARKDOWN.helpers.parseLinkDestination(text, at, len(text))
    if not target.ok:
        return None
    after = _skipped(text, target.pos)
    hint, end = "", after
    title = _MARKDOWN.helpers.parseLinkTitle(text, after, len(text))
    if title.ok and after > target.pos:
        hint, end = title.str, _skipped(text, title.pos)
    if text[end : end + 1] != ")":
        return None
    return target.str, hint, end + 1


def _skipped(text: str, at: int) -> int:
    found = _BLANK_SPACE.match(text, at)
    return found.end() if found else at


def _end_of_picture(text: str, at: int, references: MutableMapping[str, Any]) -> int:
    state = StateInline(text, _MARKDOWN, references, [])
    label_end = _MARKDOWN.helpers.parseLinkLabel(state, at + 1)
    target = _target(text, label_end + 1) if label_end >= 0 else None
    return target[2] if target else 0
