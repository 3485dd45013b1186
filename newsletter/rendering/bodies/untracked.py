"""Links whose clicks are not counted: `[words](address){.untracked}`.

The mark itself is in no mail and on no page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

from newsletter.domain.clicks.counted_links import UNTRACKED_MARK

_META = "untracked"
_OWN_MARK = re.compile(rf"\s*{UNTRACKED_MARK.pattern}[ \t]*[:–—-]?\s*")


def take_marks(tokens: Sequence[Token]) -> None:
    """Out of all text, and into `meta` of the links that they stand behind."""
    for token in tokens:
        before: Token | None = None
        link: Token | None = None
        for child in token.children or ():
            if child.type == "link_open":
                link = child
            elif child.type == "text" and "{" in child.content:
                is_behind = before is not None and before.type == "link_close"
                if link and is_behind and UNTRACKED_MARK.match(child.content):
                    link.meta[_META] = True
                child.content = UNTRACKED_MARK.sub("", child.content)
            before = child


def untracked_in(tokens: Sequence[Token]) -> frozenset[str]:
    """The addresses as they were typed."""
    return frozenset(
        str(child.attrGet("href"))
        for token in tokens
        for child in token.children or ()
        if child.type == "link_open" and child.meta.get(_META)
    )


def without_own_mark(markdown: str) -> tuple[str, bool]:
    """An entry's text, and whether it began with the mark: that stood behind the entry's link."""
    found = _OWN_MARK.match(markdown)
    return (markdown[found.end() :], True) if found else (markdown, False)
