"""What the name of a file says: a digest, or something else that lies beside digests."""

from __future__ import annotations

import re

from newsletter.reading.archives.found import NotTaken

DIGESTS = frozenset(
    (
        "md markdown mdown mkd mdx html htm xhtml txt text rst org adoc json xml rss atom opml eml"
    ).split()
)
TABLES = frozenset({"csv"})
OTHER_DOCUMENTS = frozenset("doc docx odt pages rtf pdf mht mhtml zip gz tar tgz".split())
"""Someone may take them for digests, so each of them is refused with words."""
PICTURES = frozenset("png jpg jpeg gif webp svg avif ico bmp tif tiff".split())
_BESIDE = frozenset(
    "readme license licence copying changelog contributing code_of_conduct authors notice "
    "security".split()
)
_OF_SYSTEMS = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_NUMBER = re.compile(r"([0-9]+)")


def why_not_read(path: str) -> NotTaken | None:
    """None for what may be an issue, and for a folder that may hold some. A folder ends in `/`."""
    parts = [part for part in path.lower().split("/") if part]
    name = parts[-1]
    if "__macosx" in parts or name.startswith("._") or name in _OF_SYSTEMS:
        return NotTaken(path, "It was made by the operating system.")
    if any(part.startswith(".") for part in parts):
        return NotTaken(path, "It is hidden.")
    if path.endswith("/"):
        return None
    return _not_a_digest(path, *name.rpartition(".")[::2])


def in_natural_order(path: str) -> list[tuple[int, str]]:
    """9.md comes before 10.md. Compared as text: a stranger's number may be too long for `int`."""
    pieces = enumerate(_NUMBER.split(path.casefold()))
    return [_number_key(piece) if at % 2 else (-1, piece) for at, piece in pieces if piece]


def _number_key(digits: str) -> tuple[int, str]:
    significant = digits.lstrip("0")
    return len(significant), significant


def _not_a_digest(path: str, stem: str, ending: str) -> NotTaken | None:
    if (stem or ending) in _BESIDE:
        return NotTaken(path, "By its name, it is about the archive and not an issue.")
    if ending in PICTURES:
        return NotTaken(path, "It is a picture.")
    if ending not in DIGESTS | TABLES | OTHER_DOCUMENTS:
        return NotTaken(path, "By its name, it is not a digest.")
    return None
