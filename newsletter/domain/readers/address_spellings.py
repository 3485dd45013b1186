"""Addresses as they are pasted: with a name beside them, invisible characters, a final dot."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

_INVISIBLE = (
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
_LONGEST = 1000
_REMOVED = dict.fromkeys(map(ord, _INVISIBLE))
_JOINERS = "\u200c\u200d"
"""Letters of some scripts are written with them, so only those around an address go."""
_FULL_WIDTH = {ord("＠"): "@", ord("．"): "."}
_WITH_NAME = re.compile(r"(.*)<([^<>]*)>[\s.,;]*", re.DOTALL)
_MAILTO = re.compile(r"mailto:\s*([^?]*)(\?.*)?", re.IGNORECASE | re.DOTALL)


class Tidying(StrEnum):
    """What was taken off an address; each completes “12 had …”."""

    INVISIBLE = "invisible characters"
    FULL_WIDTH = "a full-width @ or dot"
    NAME = "a name or angle brackets around it"
    MAILTO = "“mailto:” before it"
    PUNCTUATION = "a dot, comma or quotation marks at its end"


class Tidied(NamedTuple):
    """`address` need not be one. `name` is what was beside it, or ""."""

    address: str
    name: str
    tidyings: tuple[Tidying, ...]


def tidy_address(text: str) -> Tidied:
    if len(text) > _LONGEST:
        return Tidied(text, "", ())
    found: list[Tidying] = []
    name = ""

    def become(after: str, what: Tidying) -> str:
        if after != address:
            found.append(what)
        return after

    address = text.strip(" \t\r\n")
    address = become(without_invisible(address).strip(), Tidying.INVISIBLE)
    if "@" not in address:
        address = become(address.translate(_FULL_WIDTH), Tidying.FULL_WIDTH)
    if with_name := _WITH_NAME.fullmatch(address):
        name = with_name[1].strip().strip("\"'").strip()
        address = become(with_name[2].strip(), Tidying.NAME)
    if link := _MAILTO.fullmatch(address):
        address = become(link[1].strip(), Tidying.MAILTO)
    address = become(_without_punctuation(address), Tidying.PUNCTUATION)
    return Tidied(address, name, tuple(found))


def without_invisible(text: str) -> str:
    """Marks of direction, soft hyphens and spaces without width never belong to an address."""
    return text if text.isascii() else text.translate(_REMOVED).strip(_JOINERS)


def _without_punctuation(address: str) -> str:
    bare = address.rstrip(".,;: ")
    if bare.count("'") == 1:
        # Spreadsheets mark text with one. Within an address it is a letter: o'brien@.
        bare = bare.removeprefix("'")
    for quote in "\"'":
        if len(bare) > 1 and bare[0] == bare[-1] == quote:
            bare = bare[1:-1].strip().rstrip(".,;: ")
    return bare
