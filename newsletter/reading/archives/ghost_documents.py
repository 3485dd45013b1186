"""What Ghost makes its HTML from, for exports without it: Lexical and, before 2023, Mobiledoc.

Mobiledoc after bustle/mobiledoc-kit's MOBILEDOC.md: sections [1, tag, markers], [2, url], [3, tag,
items], [10, card]; a marker is [kind, opened markups, closed count, text or atom]. Lexical after
Ghost's koenig nodes: a tree of {type, children, text, url, …}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt

_DEEPEST = 50
_TAGS = frozenset(
    "p h1 h2 h3 h4 h5 h6 blockquote ul ol li a b i em strong s code u sub sup".split()
)
_OF_LEXICAL = {
    "paragraph": "p",
    "list": "ul",
    "listitem": "li",
    "quote": "blockquote",
    "extended-quote": "blockquote",
    "aside": "blockquote",
}
_BOLD, _ITALIC, _CODE = 1, 2, 16


def html_of_mobiledoc(text: str) -> str:
    """Empty for what is none."""
    document = _object(text)
    sections = document.get("sections")
    if not isinstance(sections, list):
        return ""
    return "\n".join(_section(one, document) for one in sections if isinstance(one, list))


def html_of_lexical(text: str) -> str:
    """Empty for what is none."""
    root = _object(text).get("root")
    return _node(root, 0) if isinstance(root, dict) else ""


def _object(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text or "null")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _section(section: Sequence[Any], document: Mapping[str, Any]) -> str:
    match section:
        case [1, str(tag), list(markers), *_]:
            return _tagged(tag, _markers(markers, document))
        case [2, str(url), *_]:
            return f'<p><img src="{escape(url)}" alt=""></p>'
        case [3, str(tag), list(items), *_]:
            texts = (_markers(one, document) for one in items if isinstance(one, list))
            return _tagged(tag, "".join(_tagged("li", text) for text in texts))
        case [10, int(number), *_]:
            card = _at(document.get("cards"), number)
            return _card(str(_at(card, 0) or ""), _at(card, 1))
        case _:
            return ""


def _markers(markers: Sequence[Any], document: Mapping[str, Any]) -> str:
    made: list[str] = []
    open_tags: list[str] = []
    for marker in markers:
        if not isinstance(marker, list) or len(marker) < 4:
            continue
        for number in marker[1] if isinstance(marker[1], list) else ():
            tag, start = _markup(_at(document.get("markups"), number))
            open_tags.append(tag)
            made.append(start)
        made.append(escape(marker[3]) if isinstance(marker[3], str) else " ")
        closed = min(marker[2] if isinstance(marker[2], int) else 0, len(open_tags))
        made.extend(f"</{open_tags.pop()}>" for _ in range(closed))
    return "".join([*made, *(f"</{tag}>" for tag in reversed(open_tags))])


def _markup(markup: Any) -> tuple[str, str]:
    """["a", ["href", "https://…"]]."""
    name, values = _at(markup, 0), _at(markup, 1)
    tag = name if isinstance(name, str) and name in _TAGS else "span"
    if tag == "a" and isinstance(values, list) and "href" in values[:-1]:
        return tag, f'<a href="{escape(str(values[values.index("href") + 1]))}">'
    return tag, f"<{tag}>"


def _node(node: Mapping[str, Any], depth: int) -> str:
    kind = str(node.get("type", ""))
    if depth > _DEEPEST:
        return ""
    if kind in {"text", "extended-text"}:
        return _lexical_text(node)
    if kind == "linebreak":
        return "<br>"
    children = node.get("children")
    if not isinstance(children, list):
        return _card(kind, node)
    inner = "".join(_node(one, depth + 1) for one in children if isinstance(one, dict))
    if kind in {"link", "autolink"}:
        return f'<a href="{escape(str(node.get("url", "")))}">{inner}</a>'
    tag = str(node.get("tag") or _OF_LEXICAL.get(kind, ""))
    return _tagged(tag, inner) + "\n" if tag else inner


def _lexical_text(node: Mapping[str, Any]) -> str:
    text, form = escape(str(node.get("text", ""))), node.get("format")
    for bit, tag in ((_CODE, "code"), (_ITALIC, "em"), (_BOLD, "strong")):
        if isinstance(form, int) and form & bit:
            text = f"<{tag}>{text}</{tag}>"
    return text


def _card(kind: str, values: Any) -> str:
    """Cards hold Markdown, HTML, a picture, or the preview of a link; the names differ by age."""
    card = values if isinstance(values, dict) else {}

    def text(key: str) -> str:
        return str(card.get(key) or "")

    if "markdown" in kind:
        return str(MarkdownIt("commonmark").render(text("markdown")))
    if kind == "bookmark":
        title = card.get("metadata") or card
        name = title.get("title") if isinstance(title, dict) else ""
        return f'<p><a href="{escape(text("url"))}">{escape(str(name or text("url")))}</a></p>'
    if kind == "image":
        picture = f'<img src="{escape(text("src"))}" alt="{escape(text("alt"))}">'
        return f"<p>{picture}</p>{text('caption')}"
    if kind in {"horizontalrule", "hr"}:
        return "<hr>"
    if kind in {"codeblock", "code"}:
        return f"<pre><code>{escape(text('code'))}</code></pre>"
    return text("html")


def _tagged(tag: str, inner: str) -> str:
    name = tag.lower() if tag.lower() in _TAGS else "p"
    return f"<{name}>{inner}</{name}>"


def _at(values: Any, number: Any) -> Any:
    is_there = isinstance(values, list) and isinstance(number, int) and 0 <= number < len(values)
    return values[number] if is_there else None
