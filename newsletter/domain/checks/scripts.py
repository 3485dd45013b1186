"""The language of an issue, as far as its letters tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.domain.checks.preflight import Finding, Place, warning
from newsletter.domain.issues.issue import IssueContent

LANGUAGE = Place("Language", "newsletter.language")

_LETTER = re.compile(r"[^\W\d_]")
_SCRIPTS = (
    # A Chinese character says about as much as three letters.
    ("ja", "Japanese", re.compile(r"[\u3040-\u30ff]"), 1),
    ("ko", "Korean", re.compile(r"[\uac00-\ud7a3]"), 1),
    ("zh", "Chinese", re.compile(r"[\u3400-\u9fff]"), 3),
    ("ar", "Arabic", re.compile(r"[\u0620-\u06ff]"), 1),
    ("he", "Hebrew", re.compile(r"[\u05d0-\u05ea]"), 1),
)
_SAME_LETTERS = {"ar": ("ar", "fa", "ur", "ps", "ckb", "ug"), "he": ("he", "yi")}
_ENOUGH = 0.35


def detect_language(content: IssueContent) -> tuple[str, str]:
    """A tag and its name for a script of its own; ("", "") for Latin and all other letters."""
    words = [
        content.title,
        content.intro,
        *(section.intro for section in content.sections),
        *(f"{e.title} {e.body}" for e in content.entries),
    ]
    text = " ".join(words)
    letters = max(1, len(_LETTER.findall(text)))
    for tag, name, script, weight in _SCRIPTS:
        if weight * len(script.findall(text)) > _ENOUGH * letters:
            return tag, name
    return "", ""


def language_findings(content: IssueContent, language: str) -> Iterator[Finding]:
    """`language` is the newsletter's tag."""
    tag, name = detect_language(content)
    base = language.partition("-")[0].lower()
    if tag and base not in _SAME_LETTERS.get(tag, (tag,)):
        yield warning(
            "language",
            LANGUAGE,
            f"The issue looks {name}, but the newsletter's language is “{language}”. Screen "
            "readers mispronounce it, and fonts, dates and line breaks are wrong.",
            "Choose the right language on the newsletter's settings page.",
        )
