"""Bare addresses become links, before anything reads the underscores in them as emphasis.

Where one ends is linkify-it's business (brackets, full stops); other punctuation ends one as well.
"""

from __future__ import annotations

import re

from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.rules_inline.state_inline import StateInline

from newsletter.domain.bare_addresses import ADDRESS_END

LONGEST = 2_100
"""Characters. Browsers and mail programs take no longer ones, and each is looked at once."""

_FINDER = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
_SCHEME = re.compile(r"(?:^|[^a-z0-9.+-])(https?)$", re.IGNORECASE)
_WORD = re.compile(r"[\w@/.:-]")


def use_bare_links(parser: MarkdownIt) -> None:
    parser.inline.ruler.before("newline", "bare_link", _bare_link)
    for character in "wW":
        parser.inline.add_terminator_char(character)


def _bare_link(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  the library's
    if state.linkLevel > 0:
        return False
    character = state.src[state.pos]
    if character == ":":
        return _with_scheme(state, silent=silent)
    if character in "wW":
        return _without_scheme(state, silent=silent)
    return False


def _with_scheme(state: StateInline, *, silent: bool) -> bool:
    if not state.src.startswith("://", state.pos):
        return False
    scheme = _SCHEME.search(state.pending[-8:])
    if not scheme:
        return False
    typed = _address_at(state.src, state.pos - len(scheme[1]))
    if not typed:
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[1])]
        _push(state, typed, typed)
    state.pos += len(typed) - len(scheme[1])
    return True


def _without_scheme(state: StateInline, *, silent: bool) -> bool:
    """`www.example.org`, which everyone takes for an address."""
    if state.src[state.pos : state.pos + 4].lower() != "www.":
        return False
    if state.pos and _WORD.match(state.src[state.pos - 1]):
        return False
    found = _address_at(f"https://{state.src[state.pos : state.pos + LONGEST]}", 0)
    if found.count(".") < 2:
        return False
    if not silent:
        _push(state, found, found.removeprefix("https://"))
    state.pos += len(found) - len("https://")
    return True


def _address_at(text: str, start: int) -> str:
    """The address that begins there; "" for none."""
    piece = text[start : start + LONGEST]
    end = ADDRESS_END.search(piece)
    found = _FINDER.match_at_start(piece[: end.start()] if end else piece)
    return found.raw.rstrip("*_~") if found else ""


def _push(state: StateInline, address: str, words: str) -> None:
    url = state.md.normalizeLink(address)
    opened = state.push("link_open", "a", 1)
    opened.attrs = {"href": url}
    opened.info = "auto"
    state.push("text", "", 0).content = words
    state.push("link_close", "a", -1).info = "auto"
