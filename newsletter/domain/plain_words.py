"""Words of lists and headings as they are compared: without case, accents and invisible characters.

`Désabonné`, `desabonne` and full-width letters are the same word.
"""

from __future__ import annotations

import unicodedata

_LEFT_OUT = frozenset(["Mn", "Cf"])
"""Accents, and what has no width."""
_AROUND = " .,;:!()[]{}\"'“”„«»*"


def folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(one for one in apart if unicodedata.category(one) not in _LEFT_OUT)
    return unicodedata.normalize("NFC", kept)


def plain_word(text: str) -> str:
    """Of a cell: without underscores, hyphens, and what stands around it as well."""
    spaced = folded(text).replace("_", " ").replace("-", " ").replace("\u2011", " ")
    return " ".join(spaced.split()).strip(_AROUND)
