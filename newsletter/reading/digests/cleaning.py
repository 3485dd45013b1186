"""What a Markdown digest holds for the program that its site is made with: dropped, and told.

Lines keep their numbers. Nothing in code is touched.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from newsletter.domain.clicks.counted_links import UNTRACKED_MARK
from newsletter.domain.issues.digests import Unplaced
from newsletter.reading.digests.code import fenced_lines
from newsletter.reading.digests.html_pieces import markdown_of_html_blocks
from newsletter.reading.digests.inline_html import read_inline_html
from newsletter.reading.digests.link_tables import read_link_tables
from newsletter.reading.digests.site_markup import read_site_markup

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_SHORT_CODE = re.compile(r"\{\{[<%][^{}]{0,500}?[%>]\}\}|\{%-?[^{}]{0,500}?-?%\}")
_ATTRIBUTES = re.compile(r"(?<=[\S ])\{:?\s*(?:[#.][\w-]+|[\w-]+=[^{}\s]+)(?:\s[^{}\n]{0,200})?\}")
_OTHER_ATTRIBUTES = re.compile(rf"(?!(?<=[)>]){UNTRACKED_MARK.pattern}){_ATTRIBUTES.pattern}")
"""All but those that say not to count a link. A title has no such mark."""
_ATTRIBUTE_LINE = re.compile(r"^\s*\{:[^{}]{0,200}\}\s*$")
_RULE = re.compile(r"^ {0,3}(?:={3,}|-{3,}) *$")
_MDX = re.compile(
    r"^(?:import\s.{1,200}\sfrom\s+['\"].{1,200}['\"];?|export\s(?:const|default)\s.*)$"
)
_LINK_AND_BLANK = re.compile(r"\]\s\((<[^<>\s]+>)\)")
_BRACKETED_ADDRESS = re.compile(r"\[\s*(https?://[^\s\[\]]+)\s*\](?![(\[])")
_SPACED_ADDRESS = re.compile(r"(?<!\])\([ \t]+(https?://[^\s()<>]+)[ \t]+\)")
"""As mail programs write a link out: `Ropes ( https://… )`."""
_OPENED_ON_LINE_ABOVE = re.compile(r"\[[ \t]*\n[ \t]*(https?://[^\s\[\]]+)\s*\](?![(\[])")
_BOX_OF_LINK = re.compile(r"^(\s*(?:[-*+]|\d{1,9}[.)])[ \t]+)\[[ xX]\][ \t]+(?=\[|<?https?://)")


def clean(text: str) -> tuple[str, tuple[Unplaced, ...]]:
    """The text, and what was dropped from it, by line."""
    dropped: list[Unplaced] = []
    text = _without_comments(text, dropped)
    text = _OPENED_ON_LINE_ABOVE.sub(lambda found: f"\n<{found[1]}>", text)
    text = markdown_of_html_blocks(read_site_markup(text, dropped))
    text = read_link_tables(text, dropped)
    lines = text.split("\n")
    fenced = fenced_lines(lines)
    _tell_rules_from_underlines(lines, fenced)
    for at, line in enumerate(lines):
        if at not in fenced and line.strip():
            lines[at] = _cleaned(line, at + 1, dropped)
    return "\n".join(lines), tuple(sorted(dropped, key=lambda piece: piece.line))


def _tell_rules_from_underlines(lines: list[str], fenced: Container[int]) -> None:
    """A title is one line on its own. What else a rule stands below, it ends, and so does every
    other rule of its length: plain mail has them below each text.
    """
    rules = [at for at in range(1, len(lines)) if at not in fenced and _RULE.match(lines[at])]
    ending = {
        lines[at].strip() for at in rules if lines[at - 1].strip() and not _is_alone(lines, at)
    }
    for at in reversed(rules):
        if not lines[at - 1].strip():
            lines[at] = "***"
        elif lines[at].strip() in ending or not _is_alone(lines, at):
            lines[at] = ""


def _is_alone(lines: list[str], at: int) -> bool:
    above = lines[at - 1].strip()
    return len(above) <= 200 and above[-1] not in ".。" and not (at > 1 and lines[at - 2].strip())


def _without_comments(text: str, dropped: list[Unplaced]) -> str:
    """In their place stay their line breaks."""
    if "<!--" not in text:
        return text
    fenced = fenced_lines(text.split("\n"))
    pieces: list[str] = []
    done = 0
    for found in _COMMENT.finditer(text):
        line = text.count("\n", 0, found.start())
        if line in fenced:
            continue
        pieces += [text[done : found.start()], "\n" * found[0].count("\n")]
        dropped.append(Unplaced(line + 1, found[0][:500]))
        done = found.end()
    return "".join([*pieces, text[done:]])


def _cleaned(line: str, number: int, dropped: list[Unplaced]) -> str:
    if line.startswith(("    ", "\t")) and not line.lstrip().startswith(("-", "*", "+", "[", "{")):
        return line
    if _MDX.match(line) or _ATTRIBUTE_LINE.match(line):
        dropped.append(Unplaced(number, line.strip()))
        return ""
    is_title = line.lstrip().startswith("#")
    for pattern in (_SHORT_CODE, _ATTRIBUTES if is_title else _OTHER_ATTRIBUTES):
        dropped += [Unplaced(number, piece) for piece in _found(pattern, line)]
        line = pattern.sub("", line)
    line = read_inline_html(line)
    line = _BOX_OF_LINK.sub(r"\1", line)
    line = _LINK_AND_BLANK.sub(r"](\1)", line)
    line = _SPACED_ADDRESS.sub(r"<\1>", line)
    return _BRACKETED_ADDRESS.sub(r"<\1>", line)


def _found(pattern: re.Pattern[str], line: str) -> Iterator[str]:
    return (found[0] for found in pattern.finditer(line))
