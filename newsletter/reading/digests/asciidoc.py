"""AsciiDoc to Markdown, line by line: headings, lists, links, pictures and code.

https://docs.asciidoctor.org/asciidoc/latest/syntax-quick-reference/
"""

from __future__ import annotations

import re

from newsletter.domain.issues.digests import Unplaced
from newsletter.reading.digests.converted import Converted
from newsletter.reading.digests.front_matter import iso_date

_ENDINGS = (".adoc", ".asciidoc", ".asc")
_TITLE = re.compile(r"^=[ \t]+(?P<words>\S.*)$")
_HEADING = re.compile(r"^(?P<marks>={2,6})[ \t]+(?P<words>\S.*)$")
_ATTRIBUTE = re.compile(r"^:(?P<key>!?[\w-]{1,60}!?):(?:[ \t]+(?P<value>.*))?$")
_DIRECTIVE = re.compile(r"^(?:ifn?def|ifeval|endif|include|toc)::\S{0,200}?\[.*\][ \t]*$")
_COMMENT = re.compile(r"^//(?!/)")
_STYLE = re.compile(r"^\[(?P<words>[^\[\]]{0,200})\][ \t]*$")
_CODE = re.compile(r"^(?:-{4,}|\.{4,})[ \t]*$")
_ITEM = re.compile(r"^[ \t]*(?P<marks>\*{1,5}|\.{1,5}|-)[ \t]+(?P<words>\S.*)$")
_LINK = re.compile(
    r"(?:link:)?(?P<url>(?:https?://|mailto:)[^\s\[\]<>]{1,2000})\[(?P<label>[^\[\]]{0,1000})\]"
)
_IMAGE = re.compile(r"image::?(?P<url>[^\s\[\]]{1,2000})\[(?P<alt>[^\[\]]{0,500})\]")
_BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]{1,300})(?<=\S)\*(?![\w*])")


def is_asciidoc(text: str, file_name: str) -> bool:
    """By its name, or a title in the first line and headings below it."""
    if file_name.lower().endswith(_ENDINGS):
        return True
    first, _, rest = text.lstrip().partition("\n")
    return bool(_TITLE.match(first)) and any(map(_HEADING.match, rest.split("\n")))


def markdown_of_asciidoc(text: str) -> Converted:
    """Each line stays where it is."""
    return _Converter(text.split("\n")).converted()


class _Converter:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._head: dict[str, str] = {}
        self._dropped: list[Unplaced] = []
        self._is_in_head = False
        self._language = ""
        self._code = ""

    def converted(self) -> Converted:
        made = [self._line(line, number) for number, line in enumerate(self._lines, 1)]
        return Converted("\n".join(made), head=self._head, dropped=tuple(self._dropped))

    def _line(self, line: str, number: int) -> str:
        if _CODE.match(line) and (not self._code or line.rstrip() == self._code):
            fence = "```" if self._code else f"```{self._language}"
            self._code = "" if self._code else line.rstrip()
            return fence
        if self._code:
            return line
        if self._is_of_head(line):
            return ""
        if _ATTRIBUTE.match(line) or _DIRECTIVE.match(line) or _COMMENT.match(line):
            self._dropped.append(Unplaced(number, line))
            return ""
        if found := _STYLE.match(line):
            kind, _, language = found["words"].partition(",")
            self._language = language.strip() if kind.strip() == "source" else ""
            return ""
        return _text(line)

    def _is_of_head(self, line: str) -> bool:
        """The title, and up to a blank line below it who wrote it, and the day."""
        if not self._head and (found := _TITLE.match(line)):
            self._head["title"], self._is_in_head = found["words"], True
            return True
        self._is_in_head = self._is_in_head and bool(line.strip())
        if not self._is_in_head or _ATTRIBUTE.match(line):
            return False
        day = next(filter(None, map(iso_date, line.replace(",", " ").split())), "")
        self._head.setdefault("date" if day else "author", day or line.strip())
        return True


def _text(line: str) -> str:
    if found := _HEADING.match(line):
        return f"{'#' * len(found['marks'])} {_inline(found['words'])}"
    if found := _ITEM.match(line):
        mark = "1." if found["marks"][0] == "." else "-"
        return f"{'  ' * (len(found['marks']) - 1)}{mark} {_inline(found['words'])}"
    return _inline(line)


def _inline(text: str) -> str:
    text = _IMAGE.sub(lambda found: f"![{found['alt']}](<{found['url']}>)", text)
    text = _LINK.sub(_link, text)
    return _BOLD.sub(r"**\1**", text)


def _link(found: re.Match[str]) -> str:
    label = found["label"].partition(",window=")[0].removesuffix("^").strip().strip('"')
    return f"[{label}](<{found['url']}>)" if label else found["url"]
