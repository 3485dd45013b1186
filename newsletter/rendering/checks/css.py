"""CSS and HTML that email programs do not support, from the data of caniemail.com.

Ours uses some of it, where nothing is lost without it; templates of an operator's own may not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lxml import html as lxml_html

from newsletter.domain.checks.preflight import THE_MAIL, Finding, note, warning
from newsletter.rendering.checks.style_sheets import Declaration, read_declarations, rules_of

DATA = Path(__file__).parent / "caniemail" / "features.json"

MAIN_CLIENTS = 16
"""The number of programs, from the first in the data, that most readers use."""
MANY_CLIENTS = 4

_VALUES = (
    ("css-display-flex", re.compile(r"\b(?:inline-)?flex\b"), "display"),
    ("css-display-grid", re.compile(r"\b(?:inline-)?grid\b"), "display"),
    ("css-unit-rem", re.compile(r"\d(?:\.\d+)?rem\b"), ""),
    ("css-unit-vh", re.compile(r"\d(?:\.\d+)?vh\b"), ""),
    ("css-unit-vw", re.compile(r"\d(?:\.\d+)?vw\b"), ""),
    ("css-unit-vmin", re.compile(r"\d(?:\.\d+)?vmin\b"), ""),
    ("css-unit-vmax", re.compile(r"\d(?:\.\d+)?vmax\b"), ""),
    ("css-unit-ch", re.compile(r"\d(?:\.\d+)?ch\b"), ""),
    ("css-unit-calc", re.compile(r"\bcalc\("), ""),
    ("css-variables", re.compile(r"\bvar\("), ""),
    ("css-function-min", re.compile(r"(?<![\w-])min\("), ""),
    ("css-function-max", re.compile(r"(?<![\w-])max\("), ""),
    ("css-function-clamp", re.compile(r"\bclamp\("), ""),
    ("css-function-light-dark", re.compile(r"\blight-dark\("), ""),
    ("css-linear-gradient", re.compile(r"\blinear-gradient\("), ""),
    ("css-radial-gradient", re.compile(r"\bradial-gradient\("), ""),
    ("css-conic-gradient", re.compile(r"\bconic-gradient\("), ""),
    ("css-rgba", re.compile(r"\brgba\("), ""),
    ("css-modern-color", re.compile(r"\b(?:oklch|oklab|lch|lab|hwb|color)\("), ""),
)
_SELECTORS = (
    ("css-pseudo-class-not", re.compile(r":not\(")),
    ("css-pseudo-class-has", re.compile(r":has\(")),
    ("css-pseudo-class-first-child", re.compile(r":first-child")),
    ("css-pseudo-class-last-child", re.compile(r":last-child")),
    ("css-pseudo-class-nth-child", re.compile(r":nth-child")),
    ("css-pseudo-class-nth-of-type", re.compile(r":nth-of-type")),
    ("css-pseudo-class-checked", re.compile(r":checked")),
    ("css-pseudo-class-target", re.compile(r":target")),
    ("css-pseudo-element-before", re.compile(r"::?before")),
    ("css-pseudo-element-after", re.compile(r"::?after")),
    ("css-pseudo-element-marker", re.compile(r"::marker")),
    ("css-selector-general-sibling", re.compile(r"~")),
)
_ELEMENTS = (
    "audio button-submit dialog form marquee meter object picture popover progress select svg "
    "textarea video"
).split()
_AT_RULES = {
    "@font-face": "css-at-font-face",
    "@import": "css-at-import",
    "@keyframes": "css-at-keyframes",
}

_LOSS_IS_HARMLESS = frozenset(
    {
        # Corners are square, and that is all.
        "css-border-radius",
        # Outlook has a table of fixed width in its place; the others know it.
        "css-max-width",
        # The preview text is hidden in several ways, of which each program knows one.
        "css-max-height",
        "css-opacity",
        "css-overflow",
        "css-display",
        # Written twice, for programs that know the one or the other.
        "css-word-break",
        "css-word-wrap",
        # A long line of code runs on.
        "css-white-space",
        "css-word-spacing",
        # Light colours stay, which can be read by themselves.
        "css-color-scheme",
        # It becomes a least height in Yahoo Mail.
        "css-height",
        # The compiler takes the line around pictures away, which Outlook does not draw.
        "css-outline",
    }
)


def css_findings(html: str) -> Iterator[Finding]:
    support = _support()
    for slug, example in sorted(features_used(html).items()):
        if slug in _LOSS_IS_HARMLESS or slug not in support.features:
            continue
        title, letters = support.features[slug]
        main = zip(support.clients, letters[:MAIN_CLIENTS], strict=False)
        unsupported = [name for name, letter in main if letter == "n"]
        if not unsupported:
            continue
        make = warning if len(unsupported) >= MANY_CLIENTS else note
        yield make(
            "css-support",
            THE_MAIL,
            f"{title} ({example}) is not supported by {_listed(unsupported)}.",
            "Avoid it in your template, or make sure that the email works without it.",
        )


def features_used(html: str) -> dict[str, str]:
    """By caniemail's name, with the first example."""
    found: dict[str, str] = {}
    tree = lxml_html.document_fromstring(html)
    for element in tree.iter("*"):
        for declaration in read_declarations(element.get("style") or ""):
            _add_declaration(found, declaration)
    for rule in rules_of(html):
        if rule.selectors and rule.selectors[0] in _AT_RULES:
            found.setdefault(_AT_RULES[rule.selectors[0]], rule.selectors[0])
            continue
        for selector in rule.selectors:
            for slug, pattern in _SELECTORS:
                if pattern.search(selector):
                    found.setdefault(slug, selector)
        for declaration in rule.declarations:
            _add_declaration(found, declaration)
    return found | _elements(tree)


def _add_declaration(found: dict[str, str], declaration: Declaration) -> None:
    shown = f"{declaration.name}: {declaration.value}"[:60]
    if declaration.name.startswith("--"):
        found.setdefault("css-variables", shown)
        return
    found.setdefault(f"css-{declaration.name}", shown)
    for slug, pattern, only in _VALUES:
        if only in ("", declaration.name) and pattern.search(declaration.value):
            found.setdefault(slug, shown)


def _elements(tree: lxml_html.HtmlElement) -> dict[str, str]:
    found = {
        f"html-{name}": f"<{name}>" for name in _ELEMENTS if tree.find(f".//{name}") is not None
    }
    if tree.find(".//*[@srcset]") is not None:
        found["html-srcset"] = "srcset"
    return found


def _listed(names: list[str]) -> str:
    shown = names[:6]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


@lru_cache(maxsize=1)
def _support() -> _Support:
    data = json.loads(DATA.read_text(encoding="utf-8"))
    features = {slug: (title, letters) for slug, (title, letters) in data["features"].items()}
    return _Support(tuple(data["clients"]), features)


@dataclass(frozen=True, slots=True)
class _Support:
    """`features` by caniemail's name: a title, and a letter for each client."""

    clients: tuple[str, ...]
    features: dict[str, tuple[str, str]]
