"""MJML to HTML. The only door to its compiler, which ends in ways that an `except` misses."""

from __future__ import annotations

import re
from typing import Self

from mjml import mjml2html

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


def compile_mjml(mjml: str) -> str:
    """Raises ValueError for invalid MJML: a fault of a template, never of an issue."""
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
