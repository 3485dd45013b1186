"""What of a digest's text is in no entry and no introduction, and not listed as dropped either, so
that nothing goes unsaid.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from newsletter.domain.issues.digests import Block, Digest, Unplaced

FEWEST_WORDS = 3
"""A line that lacks fewer words than that, and no link, has its text."""

_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s<>\"'\[\]()|\\]+", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>|&#?\w{1,10};")
_TARGET = re.compile(r"\]\([^()\s]*(?:\s+\"[^\"]*\")?")
_DEFINITION = re.compile(r"^ {0,3}\[[^\[\]]+\]:.*")
_WORD = re.compile(r"[\u2e80-\u9fff\uac00-\ud7a3]|[^\W_\u2e80-\u9fff\uac00-\ud7a3]+")


def lines_left_out(text: str, digest: Digest) -> tuple[Unplaced, ...]:
    """Each line of `text` that has a link, or some words, that `digest` holds nowhere.

    `text` is without its head, and without what was dropped on purpose.
    """
    return pieces_left_out(enumerate(text.split("\n"), 1), digest)


def pieces_left_out(pieces: Iterable[tuple[int, str]], digest: Digest) -> tuple[Unplaced, ...]:
    """The same of pieces of text, each with its line."""
    held = " ".join(_texts(digest))
    words, links = _words_in(held), _links_in(held)
    lost: list[Unplaced] = []
    for number, line in pieces:
        missing = _taken_from(words, _words_in(line))
        lacks_link = bool(_links_in(line) - links)
        if (lacks_link or missing >= FEWEST_WORDS) and line.strip():
            lost.append(Unplaced(number, line.strip()))
    return tuple(lost)


def _texts(digest: Digest) -> Iterator[str]:
    yield digest.title
    yield digest.intro
    yield from (piece.text for piece in (*digest.unplaced, *digest.dropped))
    for section in digest.sections:
        yield section.title
        yield section.intro
        for entry in section.entries:
            yield from (entry.title, entry.url, *entry.sources, entry.markdown)
            yield from () if entry.markdown else _texts_of(entry.blocks)


def _texts_of(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        yield from (block.text, block.url, block.language, *block.items)


def _taken_from(held: Counter[str], words: Counter[str]) -> int:
    """How many are missing there. A difference of counters would look at all that is held."""
    missing = 0
    for word, count in words.items():
        missing += max(0, count - held[word])
        held[word] = max(0, held[word] - count)
    return missing


def _words_in(text: str) -> Counter[str]:
    """What a definition (`[label]: address`) is called, and the tooltip of a link, is no text."""
    shown = _TARGET.sub("]", _TAG.sub(" ", _ADDRESS.sub(" ", _DEFINITION.sub(" ", text))))
    return Counter(word.casefold() for word in _WORD.findall(shown))


def _links_in(text: str) -> set[str]:
    found = _ADDRESS.finditer(text.replace("\\_", "_"))
    return {one[0].rstrip(".,;:!?*_'").lower() for one in found}
