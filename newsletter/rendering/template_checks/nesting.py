"""Checks the nesting of MJML tags, because the compiler accepts any nesting and the email breaks.
Reports the file and line of each misplaced tag.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment

from newsletter.domain.checks.preflight import shortened
from newsletter.rendering.template_checks.mjml_words import CHILDREN, HTML_ALONE
from newsletter.rendering.template_checks.source import Fault
from newsletter.rendering.templates.templates import Templates

_AT = "data-at"
_TAG = re.compile(
    r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<[A-Za-z][\w:-]*(?=[\s/>])", re.DOTALL
)
_VOID = frozenset("area br col hr img link meta wbr".split())
_ROWS = frozenset(("table", "tbody", "thead", "tfoot"))
_OF_TABLES = {
    **dict.fromkeys(_ROWS, frozenset("tr tbody thead tfoot caption colgroup col".split())),
    "tr": frozenset(("td", "th")),
}
_IN_TABLES = {"tr": _ROWS | {"mj-table"}, **dict.fromkeys(("td", "th"), frozenset(("tr",)))}
_TAKEN = {
    "mj-body": "<mj-section> and <mj-wrapper>",
    "mj-wrapper": "<mj-section>",
    "mj-section": "<mj-column>",
    "mj-group": "<mj-column>",
    "mj-column": "<mj-text>, <mj-image>, <mj-table> and the like",
    "mj-hero": "<mj-text>, <mj-image>, <mj-table> and the like",
    **dict.fromkeys(_ROWS, "<tr>"),
    "tr": "<td>",
}
"""The usual contents, for messages."""


class WatchedTemplates(Templates):
    """Checks the nesting of pages instead of compiling them. `faults` grows with each page."""

    def __init__(self, folder: Path | None) -> None:
        super().__init__(folder)
        self.faults: list[Fault] = []
        assert self.markup.loader is not None  # noqa: S101  Templates gives it one
        self._files: list[str] = []
        self.markup.loader = _MarkingLoader(self.markup.loader, self._files)

    def html(self, name: str, values: Any) -> str:
        mjml = self.mjml(name, values)
        walk = _Walk(self._files, str(self.file_of(name)))
        walk.feed(mjml)
        walk.close()
        self.faults += walk.faults
        return mjml


class _MarkingLoader(BaseLoader):
    """Adds its file and line to each tag."""

    def __init__(self, inner: BaseLoader, files: list[str]) -> None:
        self._inner = inner
        self._files = files

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, file, is_current = self._inner.get_source(environment, template)
        if template.endswith(".mjml.j2"):
            source = self._marked(source, file or template)
        return source, file, is_current

    def _marked(self, source: str, file: str) -> str:
        self._files.append(file)
        number = len(self._files) - 1

        def mark(found: re.Match[str]) -> str:
            if found[0].startswith(("{", "<!")):
                return found[0]
            line = source.count("\n", 0, found.start()) + 1
            return f'{found[0]} {_AT}="{number}:{line}"'

        return _TAG.sub(mark, source)


class _Walk(HTMLParser):
    def __init__(self, files: list[str], entry: str) -> None:
        super().__init__()
        self.faults: list[Fault] = []
        self._files = files
        self._open: list[tuple[str, str, int]] = []
        self._last = (entry, 0)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        file, line = self._place(dict(attrs).get(_AT))
        if self._open:
            for message in _misplaced(tag, *self._open[-1]):
                self.faults.append(Fault(file, line, message))
        if tag not in _VOID:
            self._open.append((tag, file, line))

    def handle_endtag(self, tag: str) -> None:
        """Ignores a closing tag without an opening one. Another check reports it."""
        opened = [at for at, one in enumerate(self._open) if one[0] == tag]
        if opened:
            del self._open[opened[-1] :]

    def handle_data(self, data: str) -> None:
        if not data.strip() or not self._open:
            return
        tag, file, line = self._open[-1]
        if tag in CHILDREN or tag in _OF_TABLES:
            message = (
                f"“{shortened(data, 40)}” is text directly inside <{tag}>{_suggestion(tag, '')}"
            )
            self.faults.append(Fault(file, line, message))

    def _place(self, at: str | None) -> tuple[str, int]:
        """A tag without a position was not written in a template. Uses the last one."""
        if at:
            number, _, line = at.partition(":")
            self._last = (self._files[int(number)], int(line))
        return self._last


def _misplaced(tag: str, parent: str, file: str, line: int) -> Iterator[str]:
    of_line = f"<{parent}> of {file}:{line}" if line else f"<{parent}>"
    if parent in CHILDREN:
        if tag not in CHILDREN[parent] and "*" not in CHILDREN[parent]:
            yield f"<{tag}> can't be inside {of_line}{_suggestion(parent, tag)}"
    elif tag.startswith("mj-"):
        what = "which accepts only HTML" if parent in HTML_ALONE else "which is HTML"
        yield f"<{tag}> is inside {of_line}, {what}. Use HTML here."
    elif parent in _OF_TABLES and tag not in _OF_TABLES[parent]:
        yield f"<{tag}> can't be directly inside {of_line}{_suggestion(parent, tag)}"
    elif tag in _IN_TABLES and parent not in _IN_TABLES[tag]:
        yield f"<{tag}> is not part of a table inside {of_line}. Remove it."


def _suggestion(parent: str, tag: str) -> str:
    if parent == "mj-column" and not tag.startswith("mj-"):
        return ". Put it inside an <mj-text>."
    return f", which accepts {_TAKEN[parent]}." if parent in _TAKEN else "."
