"""HTML that an editor typed into Markdown: what mail can show is taken, comments are dropped.

Words are never lost. A pair of tags that mail can't show is left out around its words; a tag that
stands alone (`the <dialog> element`) is text, as it was typed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.rules_block.state_block import StateBlock
from markdown_it.rules_core.state_core import StateCore
from markdown_it.token import Token

DROPPED = "dropped_html"
"""The key of a token's `meta` under which the names of tags are that were left out."""

_SHOWN = {
    **dict.fromkeys(["strong", "b"], "strong"),
    **dict.fromkeys(["em", "i", "cite", "dfn", "var"], "em"),
    **dict.fromkeys(["code", "kbd", "samp", "tt"], "code"),
    **dict.fromkeys(["s", "del", "strike"], "s"),
    **dict.fromkeys(["u", "ins"], "u"),
    **{name: name for name in ("sub", "sup", "small", "mark")},
}
_INVISIBLE = frozenset("script style template noscript iframe object embed form svg math".split())
_TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)([^>]*)>", re.DOTALL)


def use_typed_html(parser: MarkdownIt) -> None:
    parser.options["html"] = True
    parser.disable("html_block")  # it would keep Markdown between tags from being read
    parser.block.ruler.before("html_block", "comment", _comment, {"alt": ["paragraph", "list"]})
    parser.core.ruler.after("inline", "typed_html", _take_html)


def dropped_tags(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The names of the tags that were left out, each once."""
    return tuple(sorted({name for token in tokens for name in token.meta.get(DROPPED, ())}))


def _comment(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001  the library's
    """A comment that begins a block ends where it says so, blank lines or not [CommonMark 4.6]."""
    if state.is_code_block(start):
        return False
    first = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("<!--", first):
        return False
    close = state.src.find("-->", first + 4, state.eMarks[end - 1])
    if close < 0:
        return False
    line = start
    while state.eMarks[line] < close + 3:
        line += 1
    if state.src[close + 3 : state.eMarks[line]].strip():
        return False  # text follows on its line: the comment is part of a paragraph
    if not silent:
        state.line = line + 1
    return True


def _take_html(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline" and any(c.type == "html_inline" for c in token.children or ()):
            _take(token)


def _take(inline: Token) -> None:
    children = inline.children or []
    partners = _partners(children)
    dropped: list[str] = []
    taken: list[Token] = []
    hidden_until = -1
    for place, token in enumerate(children):
        if place <= hidden_until:
            continue
        if token.type != "html_inline":
            taken.append(token)
            continue
        tag = _TAG.fullmatch(token.content)
        name = tag[2].lower() if tag else ""
        if tag and name in _INVISIBLE and place in partners:
            hidden_until = max(place, partners[place])
            dropped.append(name)
            continue
        taken += _instead(token, tag, is_paired=place in partners, dropped=dropped)
    inline.children = taken
    if dropped:
        inline.meta[DROPPED] = sorted({*inline.meta.get(DROPPED, ()), *dropped})


def _instead(
    token: Token, tag: re.Match[str] | None, *, is_paired: bool, dropped: list[str]
) -> Iterator[Token]:
    """What stands for one piece of HTML. Comments and instructions of programs are nothing."""
    if tag is None:
        return
    name, is_end = tag[2].lower(), bool(tag[1])
    if name == "br":
        yield Token("hardbreak", "br", 0)
    elif name == "img" and (image := _image(token.content)):
        yield image
    elif is_paired and name == "a":
        yield _link_end() if is_end else _link_start(token.content)
    elif is_paired and name in _SHOWN:
        yield Token("html_inline", "", 0, content=f"<{'/' if is_end else ''}{_SHOWN[name]}>")
    elif is_paired or name in ("hr", "wbr", "img"):
        if name != "wbr":
            dropped.append(name)
    else:
        yield Token("text", "", 0, content=token.content)


def _partners(children: Sequence[Token]) -> dict[int, int]:
    """The place of each tag's other half, within one paragraph. What is left open in between is
    closed with it; that keeps the search linear.
    """
    found: dict[int, int] = {}
    opened: list[tuple[str, int]] = []
    waiting: Counter[str] = Counter()
    for place, token in enumerate(children):
        tag = _TAG.fullmatch(token.content) if token.type == "html_inline" else None
        if tag is None or tag[3].endswith("/"):
            continue
        name = tag[2].lower()
        if not tag[1]:
            opened.append((name, place))
            waiting[name] += 1
        elif waiting[name]:
            while opened:
                other, start = opened.pop()
                waiting[other] -= 1
                if other == name:
                    found[place], found[start] = start, place
                    break
    return found


class _Attributes(HTMLParser):
    def __init__(self, tag: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.feed(tag)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.values = {name: value or "" for name, value in attrs}


def _link_start(tag: str) -> Token:
    return Token(
        "link_open", "a", 1, attrs={"href": _Attributes(tag).values.get("href", "").strip()}
    )


def _link_end() -> Token:
    return Token("link_close", "a", -1)


def _image(tag: str) -> Token | None:
    values = _Attributes(tag).values
    if not values.get("src"):
        return None
    alt = values.get("alt", "")
    words = [Token("text", "", 0, content=alt)] if alt else []
    return Token(
        "image", "img", 0, attrs={"src": values["src"], "alt": ""}, children=words, content=alt
    )
