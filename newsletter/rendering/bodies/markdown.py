"""Markdown to the HTML of a body: what an editor typed can't become anything but text and links."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from newsletter.domain.errors import InvalidInput
from newsletter.domain.web_addresses import is_mail_link
from newsletter.rendering.bodies.bare_links import use_bare_links
from newsletter.rendering.bodies.cjk_emphasis import CjkFriendlyInline
from newsletter.rendering.bodies.github_blocks import use_github_blocks
from newsletter.rendering.bodies.pictures import placed_pictures, width_of
from newsletter.rendering.bodies.placeholders import Tokens as Personal
from newsletter.rendering.bodies.tables import use_bounded_tables
from newsletter.rendering.bodies.typed_html import use_typed_html
from newsletter.rendering.bodies.untracked import take_marks

MAX_DEPTH = 40
PICTURE_WIDTH_PX = 552
"""The most that a card of 600 pixels has room for."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_UNSAFE_IN_URL = re.compile(r"[\s\"<>\\^`{|}\x00-\x1f\x7f]")
_TAGS = set(
    "a p br em strong s u sub sup small mark code pre ul ol li h3 h4 h5 h6 hr img "
    "table thead tbody tr th td".split()
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width"},
    "ol": {"start"},
    "table": {"role", "width", "cellpadding", "cellspacing", "border"},
    "th": {"align"},
    "td": {"align"},
    "pre": {"dir"},
}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    allowed_classes={
        "table": {"code"},
        "td": {"quote"},
        "p": {"picture", "caption"},
        "img": {"fixed"},
    },
    url_schemes={"http", "https", "mailto", "tel"},
    url_relative="deny",
    link_rel=None,
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_NO_BLANKS = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
_WORDS_A_MINUTE = 230
_CJK_A_MINUTE = 400


def body_html(
    markdown: str,
    *,
    of: str = "",
    personal: Personal | None = None,
    picture_width: int = PICTURE_WIDTH_PX,
) -> str:
    """A clean fragment without any style; raw HTML of the input is shown as it was typed.

    `of` names the piece for InvalidInput, which is raised for nesting past MAX_DEPTH. With
    `personal`, placeholders are tokens of it; without, they stay as they were typed.
    """
    return html_of(parse(markdown, of=of, personal=personal), picture_width)


def html_of(tokens: list[Token], picture_width: int = PICTURE_WIDTH_PX) -> str:
    """The same of tokens, which it changes: whatever else is made of them comes first."""
    widest = {"picture_width": picture_width}
    rendered = _PARSER.renderer.render(_adapted(tokens), _PARSER.options, widest)
    return _CLEANER.clean(rendered)


def parse(markdown: str, *, of: str = "", personal: Personal | None = None) -> list[Token]:
    """The tokens, also for the plain-text part.

    Raises InvalidInput for nesting past MAX_DEPTH, and for more than MOST_CELLS in tables.
    """
    source = printable(markdown)
    tokens: list[Token] = _PARSER.parse(personal.mark(source) if personal else source)
    if personal:
        _place(tokens, personal)
    take_marks(tokens)
    tokens = placed_pictures(tokens)
    _join_cjk(tokens)
    if _deepest(tokens) >= MAX_DEPTH:
        where = f" of “{of[:80]}”" if of else ""
        raise InvalidInput(
            f"The text{where} is nested more than {MAX_DEPTH} levels deep.",
            advice="Remove some quotes, lists or emphasis.",
            field="body",
        )
    return tokens


def printable(text: str) -> str:
    """Without the control characters and half characters that no mail may carry."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def safe_url(url: str) -> str:
    """`url` if a mail may link to it, otherwise ""."""
    cleaned = printable(url).strip()
    if not is_mail_link(cleaned):
        return ""
    return _UNSAFE_IN_URL.sub(lambda found: f"%{ord(found[0]):02X}", cleaned)


def reading_minutes(text: str) -> int:
    """Whole minutes, one at least, for text in words and in CJK characters."""
    cjk = len(_CJK.findall(text))
    words = len(_CJK.sub(" ", text).split())
    return max(1, round(words / _WORDS_A_MINUTE + cjk / _CJK_A_MINUTE))


def _place(tokens: Sequence[Token], personal: Personal) -> None:
    """In code nothing is personal; in an address a value is written otherwise than in text."""
    for token in tokens:
        if token.type in ("code_inline", "code_block", "fence"):
            token.content = personal.as_typed(token.content)
        for name in ("href", "src"):
            if name in token.attrs:
                token.attrs[name] = personal.in_address(str(token.attrs[name]))
        _place(token.children or (), personal)


def _join_cjk(tokens: Sequence[Token]) -> None:
    """Chinese and Japanese know no blanks: a line break in the source must not become one."""
    for token in tokens:
        children = token.children or []
        for before, at, after in zip(children, children[1:], children[2:], strict=False):
            if at.type == "softbreak" and _is_wide(before.content[-1:] + after.content[:1]):
                at.type = "text"


def _is_wide(pair: str) -> bool:
    return len(pair) == 2 and all(_NO_BLANKS.match(character) for character in pair)


def _deepest(tokens: Sequence[Token]) -> int:
    deepest = 0
    for token in tokens:
        depth = token.level
        deepest = max(deepest, depth)
        for child in token.children or ():
            depth += child.nesting
            deepest = max(deepest, depth)
    return deepest


def _adapted(tokens: list[Token]) -> list[Token]:
    """Headings below the h2 of an entry, and cells aligned by attribute: style is not let in."""
    _step_down([token for token in tokens if token.type in ("heading_open", "heading_close")])
    for token in tokens:
        if token.type in ("th_open", "td_open") and token.attrGet("style"):
            token.attrs = {"align": str(token.attrGet("style")).partition(":")[2]}
    return tokens


def _step_down(headings: list[Token]) -> None:
    """From h3 on, however many # were typed, and never two steps at once: ears go by them."""
    levels = sorted({heading.tag for heading in headings})
    last = 2
    for opened, closed in zip(headings[::2], headings[1::2], strict=True):
        last = min(3 + levels.index(opened.tag), last + 1, 6)
        opened.tag = closed.tag = f"h{last}"


class _Renderer(RendererHTML):
    """Code and quotes are table cells: Outlook knows no padding but a cell's, and some mail hosts
    fold a blockquote away as if it were an earlier mail.
    """

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        del options, env
        code = escapeHtml(tokens[idx].content.rstrip("\n"))
        return (
            '<table class="code" role="presentation" width="100%" cellpadding="0" cellspacing="0"'
            f' border="0"><tr><td align="left"><pre dir="ltr">{code}</pre></td></tr></table>\n'
        )

    def blockquote_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        del tokens, idx, options, env
        return (
            '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">'
            '<tr><td class="quote">\n'
        )

    def blockquote_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        del tokens, idx, options, env
        return "</td></tr></table>\n"

    def code_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return self.fence(tokens, idx, options, env)

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """`width` is for Outlook, which knows no max-width; others go by the style sheet."""
        token = tokens[idx]
        alt = escapeHtml(self.renderInlineAsText(token.children, options, env))
        source = escapeHtml(safe_url(str(token.attrGet("src") or "")))
        width = width_of(token, env["picture_width"])
        fixed = ' class="fixed"' if "width" in token.meta else ""
        return f'<img src="{source}" alt="{alt}" width="{width}"{fixed}>'


def _parser() -> MarkdownIt:
    """Deeper than MAX_DEPTH the parser would drop text in silence, so it may go a little deeper."""
    parser = MarkdownIt("commonmark", renderer_cls=_Renderer)
    parser.inline = CjkFriendlyInline()
    parser.configure("commonmark", {"maxNesting": MAX_DEPTH + 4})
    parser.enable(["table", "strikethrough"])
    use_bare_links(parser)
    use_typed_html(parser)
    use_github_blocks(parser)
    use_bounded_tables(parser)
    return parser


_PARSER = _parser()
