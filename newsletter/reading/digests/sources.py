"""The line below a title that says where a link comes from: one or more domains, or an address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from newsletter.domain.bare_addresses import bare_address

# Few blanks, counted: a line of nothing but blanks would take quadratic time otherwise.
OPENS_NEW_WINDOW = re.compile(r"[ \t]{0,4}\(opens (?:in )?(?:a )?new window\)", re.IGNORECASE)

_ADDRESS_START = re.compile(r"https?://|www\.", re.IGNORECASE)
_WORD = re.compile(r"\w")
_SEPARATOR = re.compile(r" ?[|·•] ?| ?, | / ")
_SOURCE = re.compile(
    r"(?P<scheme>https?://)?(?P<host>(?:[\w-]{1,63}\.)+(?P<top>[^\W\d_]{2,24}|xn--[\w-]{2,59}))"
    r"\.?(?P<port>:\d{1,5})?(?P<path>[/?#]\S*)?",
    re.IGNORECASE,
)
# What looks like a domain but is the name of a file: none of these is a top-level domain.
_FILE_ENDINGS = frozenset(
    (
        "js jsx ts tsx mjs json jsonl txt yml yaml toml html htm css scss php exe dll pdf png jpg "
        "jpeg gif svg webp csv tsv xml cfg conf ini lock log java kt cpp hpp rb go lua sql ipynb "
        "tar gz tgz bz2 xz whl jar class docx xlsx pptx doc xls ppt odt mp3 mp4 wav avi bak tmp env"
    ).split()
)
MAX_LENGTH = 2_000
MAX_SOURCE = 253


@dataclass(frozen=True, slots=True)
class SourceLine:
    """`url` is the first full address on the line, "" when it has domains alone."""

    sources: tuple[str, ...]
    url: str


def read_source_line(line: str) -> SourceLine | None:
    """None when the line is anything else than domains or addresses."""
    if "." not in line or len(line) > MAX_LENGTH:
        return None
    text = " ".join(OPENS_NEW_WINDOW.sub("", line).split())
    sources: list[str] = []
    url = ""
    for typed in _SEPARATOR.split(text):
        part = _without_punctuation(typed)
        found = _SOURCE.fullmatch(part)
        if found is None or found["top"].lower() in _FILE_ENDINGS:
            return None
        if found["scheme"] and not url:
            url = part
            sources.append(found["host"].lower())
        else:
            sources.append(found["host"].lower() + (found["port"] or "") + (found["path"] or ""))
    if any(len(source) > MAX_SOURCE for source in sources):
        return None
    return SourceLine(tuple(source.rstrip("/") for source in sources), url)


def _without_punctuation(part: str) -> str:
    """An address is often in brackets, or has the full stop of its sentence behind it. "" where it
    has words behind it.
    """
    part = part.lstrip("<").rstrip("<>.,;")
    found = bare_address(part) if _ADDRESS_START.match(part) else part
    return "" if _WORD.search(part, len(found)) else found


def domain_of_url(url: str) -> str:
    """The host without `www.`, or "" if the address has none or can't be read."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")
