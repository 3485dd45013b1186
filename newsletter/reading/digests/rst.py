"""reStructuredText as Markdown. Nothing is fetched, included or let through raw; what a mail has no
place for is listed as dropped.
"""

from __future__ import annotations

import re

from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.issue_checks import LONGEST_IN_ALL
from newsletter.reading.digests.converted import Converted
from newsletter.reading.digests.rst_links import mend_links

LONGEST_LINE = 20_000
"""docutils leaves out what a longer line says."""
MOST_MARKS_TIMES_LENGTH = 200_000_000
"""Over all paragraphs: docutils looks for the end of each mark in all that follows in its own."""

_NAMES = (".rst", ".rest")
_UNDERLINED = re.compile(
    r"^\S.{0,200}\n(?P<mark>[=\-~`'\"^*+#.:_])(?P=mark){2,}[ \t]*$", re.MULTILINE
)
_LINK = re.compile(r"`[^`<>\n]{1,300}\s<[^<>\s]{1,2000}>`_")
_MARKUP = re.compile(r"^\.\. (?:[\w-]{1,40}::|_[^:\n]{1,200}: \S)", re.MULTILINE)
_PARAGRAPH_END = re.compile(r"\n(?=[ \t]*(?:\n|[-*+•][ \t]|\.\. |__ |[\d#]{1,5}\. ))")
_MARK = re.compile(r"[*`|_\[]")
_SUBSTITUTION = re.compile(r"^\.\. \|(?P<name>[^|\n]+)\|(?P<text>.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_REFERENCE = re.compile(r"\|([^|\s](?:[^|\n]{0,200}[^|\s])?)\|")
_MARKDOWN = re.compile(r"\]\([^()\s]+\)|^#{1,6} \S|^```", re.MULTILINE)


def is_rst(text: str, file_name: str = "") -> bool:
    """By the name of the file, or by what no other form has: its links, or its directives below an
    underlined title.
    """
    if file_name.lower().endswith(_NAMES):
        return True
    if _MARKDOWN.search(text):
        return False
    return bool(_LINK.search(text) or (_MARKUP.search(text) and _UNDERLINED.search(text)))


def markdown_of_rst(text: str) -> Converted:
    """Raises InvalidInput for what is too large or nested too deeply."""
    from newsletter.reading.digests.rst_tree import convert  # noqa: PLC0415  docutils is large

    _require_readable(text)
    try:
        return convert(mend_links(text), LONGEST_LINE)
    except RecursionError as error:
        raise InvalidInput(
            "This reStructuredText is nested too deeply.",
            advice="Remove some lists or quotes.",
            field="digest",
        ) from error


def _require_readable(text: str) -> None:
    """The longest issue takes docutils some seconds, and what is hostile no longer."""
    if len(text) > LONGEST_IN_ALL:
        raise _refused(f"This reStructuredText has {len(text):,} characters", LONGEST_IN_ALL)
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LONGEST_LINE:
            raise _refused(f"Line {number} has {len(line):,} characters", LONGEST_LINE)
    paragraphs = _PARAGRAPH_END.split(text)
    if sum(len(one) * len(_MARK.findall(one)) for one in paragraphs) > MOST_MARKS_TIMES_LENGTH:
        longest = max(map(len, paragraphs))
        raise _refused(f"A paragraph has {longest:,} characters and many marks", LONGEST_LINE)
    expanded = _expanded_length(text)
    if expanded > LONGEST_IN_ALL:
        raise _refused("The substitutions of this text grow too large", LONGEST_IN_ALL)


def _expanded_length(text: str) -> int:
    """How many characters the substitutions add. One within another is more than any text has."""
    lengths: dict[str, int] = {}
    for found in _SUBSTITUTION.finditer(text):
        lengths[found["name"].casefold()] = len(found["text"])
        if _REFERENCE.search(found["text"]):
            return LONGEST_IN_ALL + 1
    used = (found[1].casefold() for found in _REFERENCE.finditer(text)) if lengths else ()
    return sum(lengths.get(name, 0) for name in used)


def _refused(what: str, most: int) -> InvalidInput:
    return InvalidInput(
        f"{what}. The limit is {most:,} characters.",
        advice="Split it, or save the digest as Markdown.",
        field="digest",
    )
