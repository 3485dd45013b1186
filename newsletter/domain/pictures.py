"""Pictures that we keep: their addresses, what is known of one, how it is written in an issue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

MEDIA_PATH = "/media/"
LONGEST_ALT = 500
_NAME = r"[0-9a-f]{64}\.(?:png|jpg|webp)"
_IN_TEXT = re.compile(rf"{MEDIA_PATH}({_NAME})(?![0-9a-zA-Z])")
_ADDRESS = re.compile(rf"https?://[^/?#\s\"'<>\\^`{{|}}]+{MEDIA_PATH}{_NAME}")
_LINE_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_MARKUP = re.compile(r"[\\\[\]*_`<&]")


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """`name` is the file that mails show; `webps` are those for web pages, by width."""

    id: int
    name: str
    webps: Mapping[int, str]
    width: int
    height: int
    size_bytes: int
    alt: str
    file_name: str
    added_at: datetime
    added_by: str

    @property
    def names(self) -> frozenset[str]:
        return frozenset({self.name, *self.webps.values()})

    @property
    def smallest(self) -> str:
        """To look at among others."""
        return self.webps[min(self.webps)] if self.webps else self.name

    @property
    def largest(self) -> str:
        return self.webps[max(self.webps)] if self.webps else self.name


def shown_alt(text: str) -> str:
    """On one line, and not longer than one listens to."""
    return _LINE_BREAKS.sub(" ", text).strip()[:LONGEST_ALT]


def picture_markdown(alt: str, url: str) -> str:
    """No word of it is taken for markup."""
    words = _MARKUP.sub(lambda found: f"\\{found[0]}", alt)
    return f"![{words}]({url})"


def media_names(text: str) -> tuple[str, ...]:
    """The kept pictures that a text shows, each once, whatever the host of their addresses."""
    return tuple(dict.fromkeys(_IN_TEXT.findall(text)))


def is_media_address(url: str) -> bool:
    """Whether it is one of a kept picture, whatever the host."""
    return bool(_ADDRESS.fullmatch(url))
