"""The contrast of every text of an email, in light and dark mode, from its styles.

Enough of the cascade for mails: inline styles, style sheets, `!important`, `bgcolor`. What a
program recolours is unknown here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import html as lxml_html
from lxml.cssselect import CSSSelector, ExpressionError, SelectorError

from newsletter.domain.checks.preflight import THE_MAIL, Finding, error, shortened, warning
from newsletter.domain.newsletters.themes import contrast
from newsletter.rendering.checks.style_sheets import Declaration, Rule, read_declarations, rules_of

LEAST = 4.5
LEAST_FOR_LARGE = 3.0
UNREADABLE = 2.5
LARGE_PX = 24.0
LARGE_BOLD_PX = 18.66

_NAMED = {
    "white": "#ffffff",
    "black": "#000000",
    "red": "#ff0000",
    "green": "#008000",
    "blue": "#0000ff",
    "gray": "#808080",
    "grey": "#808080",
    "silver": "#c0c0c0",
    "navy": "#000080",
    "yellow": "#ffff00",
    "orange": "#ffa500",
}
_RGB = re.compile(
    r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)\s*(?:[,/]\s*([\d.]+%?)\s*)?\)", re.IGNORECASE
)
_HEX = re.compile(r"#([0-9a-f]{6}|[0-9a-f]{3})\b", re.IGNORECASE)
_PX = re.compile(r"([\d.]+)px", re.IGNORECASE)
_WANTED = frozenset("color background background-color display font-size font-weight".split())
_SKIPPED = frozenset(("head", "style", "script", "title"))
_DARK = "prefers-color-scheme"
_WIDE = re.compile(r"max-width")
_PSEUDO = re.compile(r":(?:hover|active|focus|visited|link)\b|::?[a-z-]+$")


@dataclass(frozen=True, slots=True)
class PoorText:
    """`count` texts have these colours, `example` among them."""

    scheme: str
    colour: str
    background: str
    ratio: float
    least: float
    example: str
    count: int


@dataclass(frozen=True, slots=True)
class _Look:
    colour: str
    background: str
    size_px: float = 16.0
    is_bold: bool = False


@dataclass(slots=True)
class _Sheet:
    """What the style sheets say of each element, the strongest last."""

    said: dict[lxml_html.HtmlElement, list[tuple[tuple[int, ...], Declaration]]] = field(
        default_factory=dict
    )


def contrast_findings(html: str) -> Iterator[Finding]:
    reported: set[tuple[str, str]] = set()
    for poor in poor_texts(html):
        if (poor.colour, poor.background) in reported:
            continue
        reported.add((poor.colour, poor.background))
        make = error if poor.ratio < UNREADABLE else warning
        where = "in dark mode" if poor.scheme == "dark" else "in light mode"
        others = f" and {poor.count - 1} more" if poor.count > 1 else ""
        verb = "are" if poor.count > 1 else "is"
        yield make(
            "contrast",
            THE_MAIL,
            f"“{shortened(poor.example, 40)}”{others} {verb} hard to read {where}: {poor.colour} "
            f"on {poor.background} has a contrast of {int(poor.ratio * 10) / 10}:1 "
            f"and needs {poor.least:g}:1.",
            "Change one of the two colours in the theme or in your template.",
        )


def poor_texts(html: str) -> list[PoorText]:
    tree = lxml_html.document_fromstring(html)
    body = tree.find("body")
    if body is None:
        return []
    rules = rules_of(html)
    found: list[PoorText] = []
    for scheme in ("light", "dark"):
        groups: dict[tuple[str, str, float], list[str]] = {}
        sheet = _applied(tree, rules, scheme)
        start = _Look("#000000", "#ffffff")
        for text, look in _texts(body, start, sheet):
            least = LEAST_FOR_LARGE if _is_large(look) else LEAST
            if contrast(look.colour, look.background) < least:
                groups.setdefault((look.colour, look.background, least), []).append(text)
        for (colour, background, least), texts in groups.items():
            ratio = contrast(colour, background)
            found.append(PoorText(scheme, colour, background, ratio, least, texts[0], len(texts)))
    return found


def _applied(tree: lxml_html.HtmlElement, rules: list[Rule], scheme: str) -> _Sheet:
    sheet = _Sheet()
    for order, rule in enumerate(rules):
        if not _holds(rule.media, scheme) or not any(
            one.name in _WANTED for one in rule.declarations
        ):
            continue
        for selector in rule.selectors:
            for element in _matching(tree, selector):
                for one in rule.declarations:
                    weight = (int(one.is_important), *_specificity(selector), order)
                    sheet.said.setdefault(element, []).append((weight, one))
    return sheet


def _holds(media: str, scheme: str) -> bool:
    """On a wide screen; a narrow one has the same colours."""
    if _WIDE.search(media) or "print" in media:
        return False
    return scheme == "dark" if _DARK in media else True


def _matching(tree: lxml_html.HtmlElement, selector: str) -> list[lxml_html.HtmlElement]:
    compiled = _compiled(selector)
    return list(compiled(tree)) if compiled else []


@lru_cache(maxsize=512)
def _compiled(selector: str) -> CSSSelector | None:
    """None for one that matches nothing in a mail. Issues share nearly all of their selectors."""
    if _PSEUDO.search(selector):
        return None
    try:
        return CSSSelector(selector, translator="html")
    except (SelectorError, ExpressionError, ValueError):
        return None


def _specificity(selector: str) -> tuple[int, int, int]:
    ids = selector.count("#")
    classes = len(re.findall(r"\.[\w-]|\[|:(?!:)", selector))
    names = len(re.findall(r"(?:^|[\s>+~])[a-z]", selector, re.IGNORECASE))
    return ids, classes, names


def _texts(
    element: lxml_html.HtmlElement, inherited: _Look, sheet: _Sheet
) -> Iterator[tuple[str, _Look]]:
    """Each text that is shown, with what it looks like. The tree of a mail is not deep."""
    said = _said(element, sheet)
    if said.get("display") == "none":
        return
    look = _look(element, inherited, said)
    if element.text and _is_shown(element.text):
        yield element.text, look
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _SKIPPED:
            yield from _texts(child, look, sheet)
        if child.tail and _is_shown(child.tail):
            yield child.tail, look


def _is_shown(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _said(element: lxml_html.HtmlElement, sheet: _Sheet) -> dict[str, str]:
    inline = [
        ((int(one.is_important), 1000, 0, 0, 0), one)
        for one in read_declarations(element.get("style") or "")
    ]
    weighed = sorted([*sheet.said.get(element, ()), *inline], key=lambda pair: pair[0])
    said: dict[str, str] = {}
    for _, one in weighed:
        if one.name in _WANTED:
            said["background-color" if one.name == "background" else one.name] = one.value
    return said


def _look(element: lxml_html.HtmlElement, inherited: _Look, said: dict[str, str]) -> _Look:
    background = _colour(said.get("background-color") or element.get("bgcolor") or "")
    own = "#0000ee" if element.tag == "a" and element.get("href") else ""
    is_bold = inherited.is_bold or element.tag in ("h1", "h2", "h3", "h4", "b", "strong", "th")
    if "font-weight" in said:
        is_bold = said["font-weight"] in ("bold", "bolder", "600", "700", "800", "900")
    return _Look(
        colour=_colour(said.get("color", "")) or _unless_inherited(said, own) or inherited.colour,
        background=background or inherited.background,
        size_px=_size(said.get("font-size", ""), inherited.size_px),
        is_bold=is_bold,
    )


def _unless_inherited(said: dict[str, str], own: str) -> str:
    return "" if said.get("color") == "inherit" else own


def _size(said: str, inherited: float) -> float:
    found = _PX.search(said)
    return float(found[1]) if found else inherited


def _is_large(look: _Look) -> bool:
    return look.size_px >= LARGE_PX or (look.is_bold and look.size_px >= LARGE_BOLD_PX)


def _colour(said: str) -> str:
    """#rrggbb; "" for none, for what can be seen through, and for what is not understood."""
    said = said.strip().lower()
    if found := _HEX.search(said):
        digits = found[1]
        return "#" + ("".join(one * 2 for one in digits) if len(digits) == 3 else digits)
    if found := _RGB.search(said):
        if found[4] is not None and float(found[4].rstrip("%")) == 0:
            return ""
        channels = (min(int(one), 255) for one in found.groups()[:3])
        return "#" + "".join(f"{one:02x}" for one in channels)
    return next((_NAMED[word] for word in said.split() if word in _NAMED), "")
