"""Templates to HTML and text: ours, or the operator's own in their place, piece by piece.

Jinja2 writes the MJML, and all that people wrote is spliced in after it: the compiler sees ASCII
tokens in place of text. What it does to quotes, `>` behind a letter with an accent, backslashes and
invisible characters then can't happen.
"""

from __future__ import annotations

import re
import secrets
import traceback
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    pass_context,
)
from jinja2.runtime import Context
from markupsafe import Markup, escape

from newsletter.config import PROJECT_ROOT
from newsletter.domain.errors import Misconfigured
from newsletter.domain.sentences import as_sentence
from newsletter.rendering.templates.compiled import CompiledTemplates
from newsletter.rendering.templates.mjml import Attribute, compile_mjml

BUILT_IN_FOLDER = PROJECT_ROOT / "templates" / "email"
ISSUE_HTML, ISSUE_TEXT = "issue.mjml.j2", "issue.txt.j2"
NOTICE_HTML, NOTICE_TEXT = "notice.mjml.j2", "notice.txt.j2"
BODY_STYLES = "type.css"
ENTRIES = (ISSUE_HTML, ISSUE_TEXT, NOTICE_HTML, NOTICE_TEXT, BODY_STYLES)
"""What is rendered by name; the other files are included by these."""


_STYLE = re.compile(r"<style\b[^>]*>.*?</style>", re.DOTALL | re.IGNORECASE)
_BLANKS = re.compile(r"""("[^"]*"|'[^']*')|\s+(?=[{}!])|[{};:,]\s+""")


class BrokenTemplate(Misconfigured):
    """`file` and `line` say where; the line is 0 where it isn't known."""

    def __init__(self, file: str, line: int, fault: str) -> None:
        place = f"{file}:{line}" if line else file
        super().__init__(
            f"{place}: {as_sentence(fault)}",
            advice="Run `newsletter templates check` to check all templates.",
        )
        self.file = file
        self.line = line
        self.fault = fault

    @property
    def is_precise(self) -> bool:
        return self.line > 0


class Templates:
    """Read once in a process: what was checked at its start is what it sends with."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        folders = [folder, BUILT_IN_FOLDER] if folder else [BUILT_IN_FOLDER]
        loader = ChoiceLoader([FileSystemLoader(one) for one in folders])
        self.markup = _environment(loader, "markup", autoescape=True, finalize=_finalize)
        self.plain = _environment(loader, "plain", autoescape=False)

    def html(self, name: str, values: Mapping[str, Any]) -> str:
        """A whole page. Strings are escaped, Markup goes in as it is, neither through MJML.

        Raises BrokenTemplate, as the others do.
        """
        splices = _Splices()
        mjml = self._guarded(
            name, lambda: self.markup.get_template(name).render(**values, _splices=splices)
        )
        try:
            compiled = compile_mjml(mjml)
        except ValueError as error:
            raise self._at_position(name, mjml, str(error)) from error
        return splices.put_back(_terse(compiled))

    def mjml(self, name: str, values: Mapping[str, Any]) -> str:
        """What the page is compiled from, with the words of people in it, for people to look at."""
        splices = _Splices()
        return splices.put_back(
            self._guarded(
                name, lambda: self.markup.get_template(name).render(**values, _splices=splices)
            )
        )

    def text(self, name: str, values: Mapping[str, Any]) -> str:
        rendered = self._guarded(name, lambda: self.plain.get_template(name).render(**values))
        return re.sub(r"\n{3,}", "\n\n", rendered).strip() + "\n"

    def style_sheet(self, values: Mapping[str, Any]) -> str:
        """Of the bodies."""
        return self._guarded(
            BODY_STYLES, lambda: self.plain.get_template(BODY_STYLES).render(**values)
        )

    def file_of(self, name: str) -> Path:
        own = self.folder / name if self.folder else None
        return own if own and own.is_file() else BUILT_IN_FOLDER / name

    def _guarded(self, name: str, render: Callable[[], str]) -> str:
        try:
            return render()
        except TemplateSyntaxError as error:
            file = error.filename or error.name or name
            raise BrokenTemplate(file, error.lineno, error.message or "not understood") from error
        except TemplateNotFound as error:
            file, line = self._innermost(error, name)
            raise BrokenTemplate(file, line, f"unknown template “{error.name}”") from error
        except Exception as error:
            file, line = self._innermost(error, name)
            raise BrokenTemplate(file, line, f"{error}") from error

    def _innermost(self, error: Exception, name: str) -> tuple[str, int]:
        """Jinja writes the templates' own lines into the traceback."""
        folders = tuple(str(one) for one in (self.folder, BUILT_IN_FOLDER) if one)
        frames = traceback.extract_tb(error.__traceback__)
        for frame in reversed(frames):
            if frame.filename.startswith(folders):
                return frame.filename, frame.lineno or 0
        return str(self.file_of(name)), 0

    def _at_position(self, name: str, mjml: str, fault: str) -> BrokenTemplate:
        """Finds the file and line of an offset in the assembled source."""
        found = re.search(r"position (\d+)", fault)
        start = min(int(found[1]), len(mjml)) if found else 0
        line = mjml[mjml.rfind("\n", 0, start) + 1 :].partition("\n")[0].strip()
        for file, number in self._lines_like(line):
            return BrokenTemplate(file, number, f"this is not MJML: {fault}")
        return BrokenTemplate(
            str(self.file_of(name)), 0, f"this is not MJML: {fault} (“{line[:80]}”)"
        )

    def _lines_like(self, line: str) -> list[tuple[str, int]]:
        """Places whose line begins like this one, the operator's own files first."""
        literal = re.split(r"NLPHx\d+x", line)[0][:60]
        places: list[tuple[str, int]] = []
        for folder in filter(None, (self.folder, BUILT_IN_FOLDER)):
            for path in sorted(folder.rglob("*.j2")):
                lines = path.read_text(encoding="utf-8").splitlines()
                places += [
                    (str(path), number)
                    for number, own in enumerate(lines, 1)
                    if literal and own.strip().startswith(literal)
                ]
        return places


@lru_cache(maxsize=8)
def templates_in(folder: str) -> Templates:
    """`folder` is the setting TEMPLATES_DIR; "" for ours alone."""
    return Templates(Path(folder).resolve() if folder else None)


def _terse(html: str) -> str:
    """Of a mail's 90 KB every byte takes its share: styles without the blanks that nothing reads,
    and as characters what is shorter so in base64 and as long in quoted-printable.
    """
    html = html.replace("&#160;", "\xa0").replace("&#183;", "·")
    return _STYLE.sub(
        lambda style: _BLANKS.sub(lambda found: found[1] or found[0].strip(), style[0]), html
    )


class _Splices:
    def __init__(self) -> None:
        self._nonce = secrets.token_hex(8)
        self._held: list[str] = []

    def hold(self, value: str) -> Markup:
        self._held.append(str(escape(value)))
        return Markup(f"NLPHx{len(self._held) - 1}x{self._nonce}")  # noqa: S704  digits and hex

    def put_back(self, html: str) -> str:
        return re.sub(rf"NLPHx(\d+)x{self._nonce}", lambda token: self._held[int(token[1])], html)


@pass_context
def _finalize(context: Context, value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Attribute):
        splices: _Splices = context["_splices"]
        return splices.hold(value)
    return value


def _environment(loader: ChoiceLoader, kind: str, **options: Any) -> Environment:
    return Environment(  # noqa: S701  autoescape is on for the HTML, and plain text has no markup
        loader=loader,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,
        bytecode_cache=CompiledTemplates(BUILT_IN_FOLDER, kind),
        **options,
    )
