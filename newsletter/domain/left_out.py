"""What a pasted digest says and the issue doesn't: told by the checks until somebody settles it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from newsletter.domain.digests import Unplaced
from newsletter.domain.issues import IssueContent
from newsletter.domain.preflight import THE_MAIL, Finding, error, note

MOST_WORDS_PERCENT = 2
_WORD = re.compile(r"[\u2e80-\u9fff\uac00-\ud7a3]|[^\W_\u2e80-\u9fff\uac00-\ud7a3]+")


def left_out_findings(left_out: Sequence[Unplaced], content: IssueContent) -> Iterator[Finding]:
    """An error from one link, or two per cent of the words, on."""
    if not left_out:
        return
    links = sum(piece.text.count("://") for piece in left_out)
    words = _words_left_out(left_out)
    share = share_left_out(left_out, content)
    lines = ", ".join(str(piece.line) for piece in left_out[:5])
    what = f"{_count(words, 'word')} and {_count(links, 'link')} of the pasted text"
    serious = links > 0 or share >= MOST_WORDS_PERCENT
    yield (error if serious else note)(
        "left-out",
        THE_MAIL,
        f"{what} ({share:.1f} %) are in no entry and no introduction: line {lines}"
        f"{' and more' if len(left_out) > 5 else ''}.",
        "Copy what you need from the list above the form, then clear the list.",
    )


def share_left_out(left_out: Sequence[Unplaced], content: IssueContent) -> float:
    """Per cent of the words."""
    words = _words_left_out(left_out)
    return 100 * words / max(1, words + _words_of(content))


def _words_left_out(left_out: Sequence[Unplaced]) -> int:
    return sum(_words_in(piece.text) for piece in left_out)


def _words_of(content: IssueContent) -> int:
    texts = [content.title, content.intro]
    texts += [text for section in content.sections for text in (section.title, section.intro)]
    texts += [text for entry in content.entries for text in (entry.title, entry.body)]
    return sum(map(_words_in, texts))


def _words_in(text: str) -> int:
    return len(_WORD.findall(text))


def _count(count: int, one: str) -> str:
    return f"{count} {one}{'' if count == 1 else 's'}"
