"""What a reader of an archive finds in it: issues as text, and files that hold none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FoundIssue:
    """`head` has what the archive says of the issue beside its text, by the keys of front matter.

    `read` gives the text and raises InvalidInput. `date` in the head may be a moment with its
    offset. `number_otherwise` counts where neither the head nor the text has a number. `file_name`
    is "" where it says nothing about the issue.
    """

    source: str
    read: Callable[[], bytes]
    head: Mapping[str, str] = field(default_factory=dict)
    file_name: str = ""
    number_otherwise: str = ""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A file that no issue is made of. It `is_refused` if one was to be expected in it."""

    source: str
    reason: str
    is_refused: bool = False


Found = FoundIssue | NotTaken


def as_page(body: bytes) -> bytes:
    """HTML that is only what stands in the body of a page, so that it is taken for HTML."""
    return b"<html><body>\n" + body + b"\n</body></html>\n"
