"""Pictures in Markdown: which ones a mail may show, how wide, and with which words below.

![what it shows](https://example.org/a.png "the caption")
![what it shows|300](https://example.org/a.png)          300 pixels wide
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

from newsletter.domain.pictures import is_media_address

WIDTH = re.compile(r"\|(\d{2,4})$")


def placed_pictures(tokens: Sequence[Token]) -> list[Token]:
    """The same tokens, in which captions are paragraphs and other pictures are links."""
    placed: list[Token] = []
    for at, token in enumerate(tokens):
        placed.append(token)
        if token.type != "inline" or not token.children:
            continue
        token.children = _allowed(token.children)
        if tokens[at - 1].type != "paragraph_open" or tokens[at - 1].hidden:
            continue
        if _is_picture(token):
            tokens[at - 1].attrSet("class", "picture")
        elif _is_emphasis(token) and at > 2 and _is_picture(tokens[at - 3]):
            tokens[at - 1].attrSet("class", "caption")
    return _with_captions(placed)


def width_of(image: Token, most: int) -> int:
    return min(int(image.meta.get("width", most)), most)


def _with_captions(tokens: list[Token]) -> list[Token]:
    """What a picture has for a title is said below it, where everyone sees it."""
    placed: list[Token] = []
    caption = ""
    for token in tokens:
        placed.append(token)
        if token.type == "inline" and _is_picture(token):
            caption = str((token.children or [])[0].attrs.pop("title", ""))
        elif token.type == "paragraph_close" and caption:
            placed += _paragraph(caption, token.level)
            caption = ""
    return placed


def _paragraph(text: str, level: int) -> list[Token]:
    opened = Token("paragraph_open", "p", 1, block=True, level=level, attrs={"class": "caption"})
    words = Token("text", "", 0, content=text)
    inline = Token("inline", "", 0, content=text, children=[words], block=True, level=level + 1)
    return [opened, inline, Token("paragraph_close", "p", -1, block=True, level=level)]


def _is_picture(token: Token) -> bool:
    return [child.type for child in token.children or ()] == ["image"]


def _is_emphasis(token: Token) -> bool:
    """As a whole: `*words*`."""
    kinds = [child.type for child in token.children or ()]
    return (
        bool(kinds)
        and (kinds[0], kinds[-1]) == ("em_open", "em_close")
        and kinds.count("em_open") == 1
    )


def _allowed(children: list[Token]) -> list[Token]:
    """Https alone: what comes by http is blocked or warned of in most programs.

    Pictures of our own come by http only where the whole site does, on an editor's own machine.
    """
    allowed: list[Token] = []
    links = 0
    for child in children:
        links += {"link_open": 1, "link_close": -1}.get(child.type, 0)
        if child.type != "image":
            allowed.append(child)
            continue
        _take_width(child)
        source = str(child.attrGet("src") or "")
        if source.lower().startswith("https://") or is_media_address(source):
            allowed.append(child)
        else:
            allowed += _instead(child, source, may_link=not links)
    return allowed


def _take_width(image: Token) -> None:
    found = WIDTH.search(image.content)
    words = image.children[-1] if image.children else None
    if found and words and words.type == "text" and words.content.endswith(found[0]):
        image.meta["width"] = int(found[1])
        image.content = image.content[: found.start()]
        words.content = words.content[: -len(found[0])]


def _instead(image: Token, source: str, *, may_link: bool) -> list[Token]:
    """Its words, leading to it."""
    if not (may_link and source.lower().startswith("http://")):
        return list(image.children or ())
    words = list(image.children or ()) or [Token("text", "", 0, content=source)]
    return [
        Token("link_open", "a", 1, attrs={"href": source}),
        *words,
        Token("link_close", "a", -1),
    ]
