"""Issues and notices as Chromium shows them: nothing scrolls sideways, all of it is legible."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from newsletter.domain.issues.issue import IssueContent, SectionContent
from newsletter.domain.newsletters.themes import contrast
from newsletter.rendering.edition.edition import Note, preview
from newsletter.rendering.edition.notices import confirmation_notice, welcome_notice
from tests.support.issues import PROFILE, READER, an_entry, an_issue, rendered

WIDE = "Donaudampfschifffahrt" * 12
BODY = f"""Dear {{{{ name|reader }}}}, some `code`, a [link](https://example.org/x) and {WIDE}.

![A harbour at dawn](https://example.org/a.png "The harbour at dawn")

> A quotation that goes on for a while, so that it takes more than one line on a phone.

1. First
2. Second, with {"https://example.org/" + "x" * 200}

```
def a_function(with_arguments: str) -> str: return "a line of code that is far too long for a phone"
```

### A heading within

| a | b |
|---|--:|
| one | 2 |
"""
THEMES = {
    "house": {},
    "paper": {
        "header": "#fdf6e3",
        "accent": "#8a3b12",
        "link": "#8a3b12",
        "background": "#efe8d8",
        "font": "serif",
        "width": 480,
    },
    "night": {
        "header": "#000000",
        "accent": "#ff6b6b",
        "background": "#101010",
        "logo_url": "https://example.org/logo.png",
        "logo_alt": "Field Notes",
        "width": 700,
    },
}


def every_piece() -> IssueContent:
    return an_issue(
        title=f"Slow tools {WIDE}",
        intro="Good *morning* {{ name|there }}.",
        sections=(
            SectionContent("Tools", tuple(an_entry(f"Title {n} {WIDE}", BODY) for n in range(2))),
            SectionContent("Sponsor", (an_entry("Who pays", "Thanks to [them](https://x.org)."),)),
            SectionContent(WIDE, tuple(an_entry(f"Title {n}", "Text.") for n in range(8))),
        ),
    )


def issue_page(language: str = "en", theme: str = "house") -> str:
    profile = replace(PROFILE, language=language, theme=THEMES[theme])
    edition = rendered(every_piece(), profile, note=Note("Proof · Ada", ("Is it true?",)))
    return preview(edition, READER)[0]


def notice_page(theme: str = "house") -> str:
    profile = replace(PROFILE, theme=THEMES[theme], description="Links worth an evening.")
    url = "https://news.example.org/" + "x" * 120
    return welcome_notice(profile, archive_url=url, preferences_url=url, unsubscribe_url=url).html


PAGES = {
    "issue": issue_page(),
    "issue, from the right": issue_page("ar"),
    "issue, Chinese": issue_page("zh"),
    "issue on paper": issue_page(theme="paper"),
    "issue at night": issue_page(theme="night"),
    "welcome": notice_page(),
    "confirmation": confirmation_notice(PROFILE, "https://n.example.org/c/" + "x" * 120, 7).html,
}

TEXTS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const solid = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/rgba\\(.*, 0\\)|transparent/.test(colour)) return colour;
    }
    return getComputedStyle(document.documentElement).colorScheme.includes("dark") &&
      matchMedia("(prefers-color-scheme: dark)").matches ? "rgb(18, 18, 18)" : "rgb(255, 255, 255)";
  };
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility()) continue;
    if (/^(STYLE|TITLE)$/.test(element.tagName)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    if (!range.getBoundingClientRect().width) continue;
    const style = getComputedStyle(element);
    const words = node.data.trim().slice(0, 40);
    found.push([words, style.color, solid(element), parseFloat(style.fontSize)]);
  }
  return found;
}"""


@pytest.fixture
def show(browser_page: Any) -> Any:
    """Shows a page; what it asks the network for is gathered in `page.asked` and refused."""
    browser_page.asked = []

    def refuse(route: Any) -> None:
        browser_page.asked.append(route.request.url)
        route.abort()

    browser_page.route("**/*", refuse)

    def show(page: str, width: int = 600, scheme: str = "light") -> Any:
        browser_page.asked.clear()
        browser_page.emulate_media(color_scheme=scheme)
        browser_page.set_viewport_size({"width": width, "height": 800})
        browser_page.set_content(page, wait_until="domcontentloaded")
        return browser_page

    return show


def unreadable(page: Any) -> list[str]:
    return [
        f"{text!r}: {colour} on {background}"
        for text, colour, background, _ in page.evaluate(TEXTS)
        if contrast(as_hex(colour), as_hex(background)) < 4.5
    ]


def as_hex(colour: str) -> str:
    red, green, blue = re.findall(r"\d+", colour)[:3]
    return f"#{int(red):02x}{int(green):02x}{int(blue):02x}"


def without_styles(page: Any) -> None:
    page.evaluate("document.querySelectorAll('style').forEach(style => style.remove())")


@pytest.mark.parametrize("name", PAGES)
def test_nothing_scrolls_sideways_at_any_width(show: Any, name: str) -> None:
    for width in (320, 375, 600, 700):
        page = show(PAGES[name], width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


@pytest.mark.parametrize("name", PAGES)
def test_every_text_can_be_read_in_the_light_and_in_the_dark(show: Any, name: str) -> None:
    for scheme in ("light", "dark"):
        page = show(PAGES[name], 600, scheme)
        assert len(page.evaluate(TEXTS)) > 5
        assert unreadable(page) == [], scheme


@pytest.mark.parametrize("name", PAGES)
def test_without_its_style_blocks_it_stands_on_what_is_in_its_tags(show: Any, name: str) -> None:
    """As Gmail shows it to accounts of others: the light colours, at the width of the screen."""
    page = show(PAGES[name], 600)
    without_styles(page)
    assert unreadable(page) == []
    assert min(size for *_, size in page.evaluate(TEXTS)) >= 13


def test_only_pictures_of_the_issue_are_asked_for(show: Any) -> None:
    assert show(PAGES["welcome"]).asked == []
    page = show(PAGES["issue at night"])
    page.wait_for_function("[...document.images].every(image => image.complete)")
    assert set(page.asked) == {"https://example.org/a.png", "https://example.org/logo.png"}


def test_with_pictures_off_their_words_are_there(show: Any) -> None:
    page = show(PAGES["issue at night"])
    alts = page.evaluate("[...document.images].map(image => image.alt)")
    assert set(alts) == {"Field Notes", "A harbour at dawn"}
    assert "The harbour at dawn" in page.inner_text("body")


def test_arabic_begins_at_the_right_and_code_at_the_left(show: Any) -> None:
    page = show(PAGES["issue, from the right"])
    assert page.locator("ol").first.evaluate("e => getComputedStyle(e).marginRight") == "32px"
    assert page.locator("pre").first.evaluate("e => getComputedStyle(e).direction") == "ltr"
    box, card = page.locator("h2").last.bounding_box(), page.locator(".card").last.bounding_box()
    assert box["x"] + box["width"] >= card["x"] + card["width"] - 25


def test_a_heading_follows_another_in_order(show: Any) -> None:
    page = show(PAGES["issue"])
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1])"
    )
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_picture_is_as_wide_as_it_was_asked_to_be(show: Any) -> None:
    body = "![a|120](https://example.org/a.png) ![b](https://example.org/b.png)"
    page = show(preview(rendered(an_issue(an_entry(body=body))), READER)[0])
    styles = page.evaluate("[...document.images].map(i => [i.width, i.style.width, i.alt])")
    assert styles[0] == [120, "120px", "a"]
    assert styles[1][1:] == ["auto", "b"]


FACTS_FROM_THE_RIGHT = """() => {
  const line = document.querySelector(".facts");
  const texts = [...line.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
  const shown = texts.map((node) => node.textContent).join("");
  const right = (piece) => {
    const range = document.createRange();
    const at = texts[0].textContent.indexOf(piece);
    range.setStart(texts[0], at);
    range.setEnd(texts[0], at + piece.length);
    return range.getBoundingClientRect().right;
  };
  return shown.split(" · ").map((piece) => [piece, right(piece)]);
}"""


@pytest.mark.parametrize("language", ["he", "ar"])
def test_the_facts_of_an_issue_run_from_the_right_in_hebrew_and_arabic(
    browser_page: Any, language: str
) -> None:
    edition = rendered(an_issue(an_entry(), an_entry()), replace(PROFILE, language=language))
    browser_page.set_content(preview(edition, READER)[0])
    facts = browser_page.evaluate(FACTS_FROM_THE_RIGHT)
    assert len(facts) == 3
    assert all(first[1] > second[1] for first, second in pairwise(facts)), facts
