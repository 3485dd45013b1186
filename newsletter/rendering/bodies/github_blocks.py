"""Task lists, alerts and footnotes of GitHub's Markdown, as mail can show them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_core.state_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

_ALERT = re.compile(r"\[!(note|tip|important|warning|caution)\][+-]?[ \t]*(.*)", re.IGNORECASE)
_TASK = re.compile(r"\[([ xX])\][ \t]+(?=\S)")
_BOXES = {" ": "☐ ", "x": "☑ "}
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def use_github_blocks(parser: MarkdownIt) -> None:
    footnote_plugin(parser, inline=True)
    parser.core.ruler.push("github_blocks", _change)


def _change(state: StateCore) -> None:
    state.tokens = list(_without_footnote_tokens(state.tokens))
    for before, opened, inline in zip(
        state.tokens, state.tokens[1:], state.tokens[2:], strict=False
    ):
        if opened.type == "paragraph_open" and inline.children:
            if before.type == "list_item_open":
                _tick(inline.children[0])
            elif before.type == "blockquote_open":
                _head(inline)


def _tick(first: Token) -> None:
    found = _TASK.match(first.content) if first.type == "text" else None
    if found:
        first.content = _BOXES[found[1].lower()] + first.content[found.end() :]


def _head(inline: Token) -> None:
    """`> [!NOTE]`, with a title of its own or the word itself, becomes a bold line."""
    first, *rest = inline.children or []
    found = _ALERT.fullmatch(first.content) if first.type == "text" else None
    if not found:
        return
    words = found[2].strip() or found[1].capitalize()
    bold = [
        Token("strong_open", "strong", 1, markup="**"),
        Token("text", "", 0, content=words),
        Token("strong_close", "strong", -1, markup="**"),
    ]
    if rest and rest[0].type in ("softbreak", "hardbreak"):
        rest[0] = Token("hardbreak", "br", 0)
    inline.children = [*bold, *rest]


def _without_footnote_tokens(tokens: Sequence[Token]) -> Iterator[Token]:
    """A reference is a raised number, and the notes are a numbered list below a rule.

    Links between them are left out: within a mail few programs follow them.
    """
    for token in tokens:
        if token.type == "inline":
            token.children = [_reference(child) for child in token.children or ()]
        match token.type:
            case "footnote_block_open":
                yield Token("hr", "hr", 0, block=True, markup="---")
                yield Token("ordered_list_open", "ol", 1, block=True, level=0)
            case "footnote_block_close":
                yield Token("ordered_list_close", "ol", -1, block=True, level=0)
            case "footnote_open":
                yield Token("list_item_open", "li", 1, block=True, level=1)
            case "footnote_close":
                yield Token("list_item_close", "li", -1, block=True, level=1)
            case "footnote_anchor":
                pass
            case _:
                yield token


def _reference(token: Token) -> Token:
    if token.type != "footnote_ref":
        return token
    number = str(token.meta["id"] + 1).translate(_SUPERSCRIPT)
    return Token("text", "", 0, content=number)
