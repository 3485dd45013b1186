"""Rules for a rendered email: it has what the law and readers need, and nothing harmful.

They hold for templates of the operator's own as for ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import html as lxml_html

from newsletter.domain.checks.preflight import (
    THE_MAIL,
    Finding,
    Place,
    error,
    shortened,
    warning,
)
from newsletter.domain.newsletters.newsletter import NewsletterProfile

POSTAL = Place("Postal address", "newsletter.postal_address")
FOOTER = Place("Footer")

_FORBIDDEN = ("script", "form", "iframe", "object", "embed", "video", "audio", "link", "base")
_REMOTE_STYLE = re.compile(r"@import|url\(\s*['\"]?(?:https?:)?//", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReaderCopy:
    """One copy, and the addresses that it must contain."""

    html: str
    text: str
    unsubscribe_url: str
    preferences_url: str


def mail_findings(copy: ReaderCopy, profile: NewsletterProfile) -> Iterator[Finding]:
    tree = lxml_html.document_fromstring(copy.html)
    yield from _unsubscribe(tree, copy)
    yield from _postal(tree, copy, profile)
    yield from _language(tree)
    yield from _headings(tree)
    yield from _pictures(tree)
    yield from _foreign(tree, copy.html)


def _unsubscribe(tree: lxml_html.HtmlElement, copy: ReaderCopy) -> Iterator[Finding]:
    links = [a for a in tree.iter("a") if a.get("href") == copy.unsubscribe_url]
    if not any(link.text_content().strip() for link in links):
        yield error(
            "unsubscribe-link",
            FOOTER,
            "The HTML has no visible unsubscribe link.",
            "Put {{ unsubscribe_url }} back into your footer template.",
        )
    if copy.unsubscribe_url not in copy.text:
        yield error(
            "unsubscribe-link",
            FOOTER,
            "The plain text has no unsubscribe link.",
            "Put {{ unsubscribe_url }} back into your text template.",
        )


def _postal(
    tree: lxml_html.HtmlElement, copy: ReaderCopy, profile: NewsletterProfile
) -> Iterator[Finding]:
    lines = [line.strip() for line in profile.postal_address.splitlines() if line.strip()]
    if not lines:
        yield error(
            "postal-address",
            POSTAL,
            "There is no postal address. Many countries require one in every issue.",
            "Fill it in on the newsletter's settings page.",
        )
        return
    for part, words in (("HTML", tree.text_content()), ("plain text", copy.text)):
        folded = " ".join(words.split())
        if not all(" ".join(line.split()) in folded for line in lines):
            yield error(
                "postal-address",
                FOOTER,
                f"The postal address is not in the {part}.",
                "Put it back into your footer template.",
            )


def _language(tree: lxml_html.HtmlElement) -> Iterator[Finding]:
    root = tree.getroottree().getroot()
    if not root.get("lang") or root.get("lang") == "und":
        yield warning(
            "language", THE_MAIL, "The HTML does not declare its language.", "Set lang on <mjml>."
        )
    if root.get("dir") not in ("ltr", "rtl"):
        yield warning(
            "language",
            THE_MAIL,
            "The HTML does not declare its text direction.",
            "Set dir on <mjml> to ltr or rtl.",
        )


def _headings(tree: lxml_html.HtmlElement) -> Iterator[Finding]:
    levels = [(int(h.tag[1]), h) for h in tree.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    ones = sum(level == 1 for level, _ in levels)
    if ones != 1:
        yield warning(
            "heading-order",
            THE_MAIL,
            f"It has {ones} first-level headings. It should have one, the title.",
        )
    if levels and levels[0][0] != 1:
        yield warning(
            "heading-order",
            THE_MAIL,
            f"Its first heading, “{shortened(levels[0][1].text_content())}”, is not the title.",
        )


def _pictures(tree: lxml_html.HtmlElement) -> Iterator[Finding]:
    for picture in tree.iter("img"):
        source = picture.get("src") or ""
        if picture.get("alt") is None:
            yield warning(
                "picture-alt",
                THE_MAIL,
                f"The picture {shortened(source, 90)} has no alt attribute.",
                'Add one in the template. Use alt="" for decoration.',
            )
        if source.startswith("data:"):
            yield warning(
                "picture-format",
                THE_MAIL,
                "A picture is embedded in the email (data:). Gmail and Outlook do not show it.",
                "Host it on a web server and link to it.",
            )


def _foreign(tree: lxml_html.HtmlElement, source: str) -> Iterator[Finding]:
    for name in _FORBIDDEN:
        if tree.find(f".//{name}") is not None:
            yield error(
                "html-element",
                THE_MAIL,
                f"It contains <{name}>, which email programs remove or warn about.",
                "Remove it from the template.",
            )
    styles = " ".join(re.findall(r"<style[^>]*>(.*?)</style>", source, re.DOTALL))
    if _REMOTE_STYLE.search(styles):
        yield warning(
            "css-remote",
            THE_MAIL,
            "A style loads something from the network when the email is opened.",
            "Put it in the style sheet itself, or remove it.",
        )
