"""What a spam filter thinks of an issue, and what that means for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.domain.checks.preflight import Finding, Place, error, note, warning

_PLACE = Place("Spam filter")


@dataclass(frozen=True, slots=True)
class Opinion:
    """`limit` is the score from which the filter acts; `symbols` are what counts against us."""

    filter: str
    score: float
    limit: float
    is_spam: bool
    is_doubtful: bool
    symbols: tuple[str, ...]


def opinion_findings(opinion: Opinion | None) -> Iterator[Finding]:
    """None for a filter that was not asked, or of what has changed since."""
    if opinion is None:
        return
    said = f"{opinion.filter} scores it {opinion.score:g}. The limit is {opinion.limit:g}."
    against = f"Reasons: {', '.join(opinion.symbols)}." if opinion.symbols else ""
    if opinion.is_spam:
        yield error("spam", _PLACE, f"{said} It would be treated as spam.", against)
    elif opinion.is_doubtful:
        yield warning("spam", _PLACE, f"{said} It looks a little like spam.", against)
    else:
        yield note("spam", _PLACE, said, against)
