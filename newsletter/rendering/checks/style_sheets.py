"""Style sheets read for the checks: rules with their media, selectors and declarations.

It reads what mails contain. Browsers are more exact; nothing is rendered by this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STYLE = re.compile(r"<style\b([^>]*)>(.*?)</style>", re.DOTALL | re.IGNORECASE)
_CONDITIONAL = re.compile(r"<!--\[if\b.*?<!\[endif\]-->", re.DOTALL | re.IGNORECASE)
_MEDIA_ATTRIBUTE = re.compile(r'\bmedia="([^"]*)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Declaration:
    """`name` is in lower case, `value` as it was written."""

    name: str
    value: str
    is_important: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """`media` holds all conditions around it, "" for none; an at-rule without selectors has its
    own name as the only one, such as `@font-face`.
    """

    media: str
    selectors: tuple[str, ...]
    declarations: tuple[Declaration, ...]


def rules_of(html: str) -> list[Rule]:
    """The rules of all `<style>` of a page, except for those that only Outlook reads."""
    found: list[Rule] = []
    for style in _STYLE.finditer(_CONDITIONAL.sub("", html)):
        media = _MEDIA_ATTRIBUTE.search(style[1])
        found += read_rules(style[2], media[1] if media else "")
    return found


def read_rules(css: str, media: str = "") -> Iterator[Rule]:
    for prelude, block in _blocks(_COMMENT.sub("", css)):
        name = prelude.split("(")[0].split()[0].lower() if prelude else ""
        if name in ("@media", "@supports"):
            condition = prelude if name == "@supports" else prelude[len("@media") :].strip()
            yield from read_rules(block, f"{media} {condition}".strip())
        elif name.startswith("@"):
            yield Rule(media, (name,), read_declarations(block))
        else:
            selectors = tuple(one.strip() for one in prelude.split(",") if one.strip())
            yield Rule(media, selectors, read_declarations(block))


@lru_cache(maxsize=1024)
def read_declarations(text: str) -> tuple[Declaration, ...]:
    """Kept, as the elements of a mail share most of their styles."""
    return tuple(_declarations(text))


def _declarations(text: str) -> Iterator[Declaration]:
    for piece in _split(_COMMENT.sub("", text)):
        name, colon, value = piece.partition(":")
        if not colon or not name.strip():
            continue
        value, bang, _ = value.partition("!")
        yield Declaration(name.strip().lower(), value.strip(), is_important=bool(bang))


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """(text before the braces, text between them), without going deeper."""
    depth = start = block_start = 0
    prelude = ""
    for place, character in enumerate(css):
        if character == ";" and depth == 0:
            yield css[start:place].strip(), ""
            start = place + 1
        elif character == "{":
            depth += 1
            if depth == 1:
                prelude, block_start = css[start:place].strip(), place + 1
        elif character == "}" and depth:
            depth -= 1
            if depth == 0:
                yield prelude, css[block_start:place]
                start = place + 1


def _split(text: str) -> Iterator[str]:
    """At semicolons outside of parentheses and quotes."""
    depth, quote, start = 0, "", 0
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "(":
            depth += 1
        elif character == ")":
            depth = max(0, depth - 1)
        elif character == ";" and not depth:
            yield text[start:place]
            start = place + 1
    yield text[start:]
