"""Where an address that is written into text ends: its punctuation, quotes and brackets are not
in it.
"""

from __future__ import annotations

import re

ADDRESS_END = re.compile(
    r"[\u00ab\u00bb\u2018-\u201f\u2026\u2039\u203a\u3000-\u3002\u3008-\u3011\u3014-\u301b"
    r"\uff01\uff08\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\uff3b\uff3d\uff5b-\uff65]"
    r"|'(?=s?(?:[^\w]|$))"
)
"""What no bare address goes on behind: quotes, CJK punctuation, the `'s` of a name."""

_TRAILING = re.compile(r"[.,:;!?'\"*_~]+$")
_PAIRS = dict(zip("([<（「『《〈【“‘«\"'", ")]>）」』》〉】”’»\"'", strict=True))


def bare_address(text: str) -> str:
    """The address that `text` begins with; a closing bracket is in it where it was opened in it."""
    found = ADDRESS_END.search(text)
    address = text[: found.start()] if found else text
    while True:
        trimmed = _TRAILING.sub("", address)
        if trimmed.endswith(")") and trimmed.count(")") > trimmed.count("("):
            trimmed = trimmed[:-1]
        if trimmed == address:
            return address
        address = trimmed


def without_brackets(before: str, after: str) -> tuple[str, str]:
    """What stands around an address, without the brackets and quotes that hold it alone."""
    while before and after.startswith(_PAIRS.get(before[-1], "\0")):
        before, after = before[:-1], after[1:]
    return before, after
