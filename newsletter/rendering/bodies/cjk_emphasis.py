"""Emphasis beside Chinese, Japanese and Korean text, which has no blanks around its words.

CommonMark takes `**「重要」**です` for plain asterisks. This is the rule of
https://github.com/tats-u/markdown-cjk-friendly: CJK characters, punctuation among them, are
neither white space nor punctuation to the delimiters beside them.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline.state_inline import Scanned, StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

_HANGUL_JAMO = range(0x1100, 0x1200)
_EMOJI = range(0x1F000, 0x1FB00)
_VARIATIONS = range(0xFE00, 0xFE10)


class CjkFriendlyInline(ParserInline):
    """The inline parser, with delimiters scanned by the rule above."""

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


class _State(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803, FBT001  the library's
        """Left- and right-flanking runs [CommonMark 6.2], as the CJK-friendly rule amends them."""
        marker, end = self.src[start], start
        while end < self.posMax and self.src[end] == marker:
            end += 1
        before, after = _before(self.src, start), self.src[end] if end < self.posMax else " "
        opens = _flanks(inner=after, outer=before)
        closes = _flanks(inner=before, outer=after)
        can_open = opens and (canSplitWord or not closes or _is_punctuation(before))
        can_close = closes and (canSplitWord or not opens or _is_punctuation(after))
        return Scanned(can_open, can_close, end - start)


def _before(source: str, start: int) -> str:
    """The character before, a variation selector left aside."""
    place = start - 1
    while place > 0 and ord(source[place]) in _VARIATIONS:
        place -= 1
    return source[place] if place >= 0 else " "


def _flanks(*, inner: str, outer: str) -> bool:
    if isWhiteSpace(ord(inner)):
        return False
    if not _is_punctuation(inner) or is_cjk(inner):
        return True
    return isWhiteSpace(ord(outer)) or _is_punctuation(outer) or is_cjk(outer)


def _is_punctuation(character: str) -> bool:
    return isMdAsciiPunct(ord(character)) or isPunctChar(character)


@lru_cache(maxsize=4096)
def is_cjk(character: str) -> bool:
    """Wide, full-width and half-width characters of East Asia, emoji left out."""
    code = ord(character)
    if code < 0x1100 or code in _EMOJI:
        return False
    return code in _HANGUL_JAMO or unicodedata.east_asian_width(character) in "WFH"
