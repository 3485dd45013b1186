"""Links of reStructuredText that docutils would take apart: one within another, in emphasis, or
without its closing marks. Each is written as what its editor meant, on the line where it stands.
"""

from __future__ import annotations

import re

_WORDS = r"[^`<>\n]{1,300}?"
_URL = r"(?:https?://|www\.|mailto:)[^\s<>`]{1,2000}"
_LINK = rf"`{_WORDS}[ \t]{{1,4}}<{_URL}>`__?"
_AROUND = re.compile(
    rf"(?<!`)`(?P<before>{_WORDS})(?P<link>{_LINK})(?P<behind>[^`<>\n]{{0,300}})<(?P<url>{_URL})>`__?"
)
_AS_ADDRESS = re.compile(
    rf"(?<!`)`(?P<words>{_WORDS})[ \t]{{0,4}}<`(?:{_WORDS}[ \t]{{1,4}})?<(?P<url>{_URL})>`__?>`__?"
)
_EMPHASISED = re.compile(rf"(?<![\w*])(?P<mark>\*{{1,2}})(?P<link>{_LINK})(?P=mark)(?![\w*])")
_OPEN = re.compile(
    rf"(?<![`\w])`(?P<words>{_WORDS})[ \t]{{1,4}}<(?P<url>{_URL})(?P<end>>?`?_{{0,2}})"
    r"(?=[\s.,;:)\]]|$)"
)
_CLOSED = (">`_", ">`__")
_CODE = re.compile(r"(?: {4}|\t)(?![ \t]*[-*+•][ \t])")


def mend_links(text: str) -> str:
    return "\n".join(
        line if "`" not in line or "<" not in line or _CODE.match(line) else _mended(line)
        for line in text.split("\n")
    )


def _mended(line: str) -> str:
    """The inner link is kept, and the address of the outer one stands behind it."""
    line = _AS_ADDRESS.sub(r"`\g<words> <\g<url>>`__", line)
    line = _AROUND.sub(r"\g<before>\g<link>\g<behind>\g<url>", line)
    line = _EMPHASISED.sub(r"\g<link>", line)
    return _OPEN.sub(_closed, line)


def _closed(found: re.Match[str]) -> str:
    if found["end"] in _CLOSED:
        return found[0]
    return f"`{found['words']} <{found['url']}>`__"
