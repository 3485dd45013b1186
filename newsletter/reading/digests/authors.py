"""Who wrote what an entry links to: a comment that says only that, and the line that we write."""

from __future__ import annotations

import re

_SAYS_AUTHOR = re.compile(
    r"\s*[(\[]?(?:[,–—-]\s*)?(?:(?:[Bb]y|[Vv]on|[Pp]ar|[Pp]or)\s+|(?<=— ))"
    r"@?(?P<name>[^\W\d_][^\n!?:;,()\[\]]{0,58}?)[)\]]?\.?\s*"
)
_BY = re.compile(r"(by|von|par|por)\s+$", re.IGNORECASE)
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")
MOST_WORDS = 5
LABEL = "By: "


def author_in(body: str) -> tuple[str, str]:
    """The author and "" of a comment such as `, by Ann`; else "" and the comment as it is.

    A comment with a link keeps it.
    """
    found = _SAYS_AUTHOR.fullmatch(body) if len(body) <= 100 else None
    if found is None or _LINK.search(body):
        return "", body
    name = found["name"].strip()
    words = name.split()
    fewest = 1 if _BY.search(body[: found.start("name")]) else 2  # “— Video” names nobody
    is_name = (
        fewest <= len(words) <= MOST_WORDS and words[0][0].isupper() and words[-1][0].isupper()
    )
    return (name, "") if is_name else ("", body)


def author_above(body: str) -> tuple[str, str]:
    """Of what we wrote ourselves: the first line."""
    first, _, rest = body.partition("\n")
    if not first.startswith(LABEL):
        return "", body
    return first.removeprefix(LABEL), rest.lstrip("\n")


def with_author(author: str, body: str) -> str:
    """The way back."""
    if author:
        return f"{LABEL}{author}\n\n{body}".rstrip()
    return body.replace(":", "\\:", 1) if body.startswith(LABEL) else body
