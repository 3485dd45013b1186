"""Templates to HTML: Jinja2 writes the MJML, and all that people wrote is spliced in after it.

The compiler sees ASCII tokens in place of text: what it does to quotes, `>` behind a letter with
an accent, backslashes and invisible characters then can't happen.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any, Self

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from mjml import mjml2html

from newsletter.config import PROJECT_ROOT

MAX_DEPTH = 100

_TAG = re.compile(r"<(/?)[a-zA-Z][^<>]*?(/?)>")
_VOID = re.compile(r"<(?:meta|br|img|hr)\b")


class Attribute(str):
    """A value that the MJML compiler has to see, such as a colour; printable ASCII by check."""

    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        if not re.fullmatch(r"[\w#%.,()' -]*", value, re.ASCII):
            message = f"not fit for an MJML attribute: {value!r}"
            raise ValueError(message)
        return super().__new__(cls, value)

    def __html__(self) -> str:
        return str(self)


class _Splices:
    def __init__(self) -> None:
        self._nonce = secrets.token_hex(8)
        self._held: list[str] = []

    def hold(self, value: str) -> Markup:
        self._held.append(str(escape(value)))
        return Markup(f"NLPHx{len(self._held) - 1}x{self._nonce}")  # noqa: S704  digits and hex

    def put_back(self, html: str) -> str:
        return re.sub(rf"NLPHx(\d+)x{self._nonce}", lambda token: self._held[int(token[1])], html)


def render_html(template: str, values: Mapping[str, Any]) -> str:
    """A whole HTML page. Strings are escaped, Markup goes in as it is, neither through MJML."""
    splices = _Splices()
    mjml = _HTML.get_template(template).render(**values, _splices=splices)
    return splices.put_back(compile_mjml(mjml))


def render_text(template: str, values: Mapping[str, Any]) -> str:
    rendered = _TEXT.get_template(template).render(**values)
    return re.sub(r"\n{3,}", "\n\n", rendered).strip() + "\n"


def compile_mjml(mjml: str) -> str:
    """Raises ValueError for MJML that is no MJML: a fault of a template, never of an issue."""
    _refuse_depth(mjml)
    try:
        html: str = mjml2html(mjml, fonts={})
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # not an Exception, so it would pass all doors
            message = f"the MJML compiler gave up: {error}"
            raise ValueError(message) from error
        raise
    return html


def _refuse_depth(mjml: str) -> None:
    """About 10,000 levels end the process, and fewer on a small thread stack."""
    depth = 0
    for tag in _TAG.finditer(mjml):
        if tag[2] or _VOID.match(tag[0]):
            continue
        depth += -1 if tag[1] else 1
        if depth > MAX_DEPTH:
            message = f"MJML nested more than {MAX_DEPTH} levels deep"
            raise ValueError(message)


@pass_context
def _finalize(context: Context, value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Attribute):
        splices: _Splices = context["_splices"]
        return splices.hold(value)
    return value


def _environment(**options: Any) -> Environment:
    return Environment(  # noqa: S701  autoescape is on for the HTML, and plain text has no markup
        loader=FileSystemLoader(PROJECT_ROOT / "templates" / "email"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        **options,
    )


_HTML = _environment(autoescape=True, finalize=_finalize)
_TEXT = _environment(autoescape=False)
