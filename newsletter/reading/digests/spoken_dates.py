"""A day as people write it (`June 5th, 2024`, `5. Juni 2024`, `2024年6月5日`), to YYYY-MM-DD."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

_LANGUAGES = "en de fr es pt it nl sv da nb fi pl cs tr ru uk".split()
_NAME = r"(?P<month>[^\W\d_]{3,12})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|\.)?"
_YEAR = r"(?P<year>(?:19|20)\d{2})"
_OF = r"(?:de\s+|del\s+|di\s+)?"
_FORMS = (
    re.compile(rf"\b{_NAME}\s+{_DAY},?\s+{_YEAR}\b", re.IGNORECASE),
    re.compile(rf"\b{_DAY}\s+{_OF}{_NAME},?\s+{_OF}{_YEAR}\b", re.IGNORECASE),
    re.compile(rf"{_YEAR}\s?[年년]\s?(?P<month>\d{{1,2}})\s?[月월]\s?(?P<day>\d{{1,2}})\s?[日일]"),
    re.compile(rf"\b(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.{_YEAR}\b"),
    re.compile(rf"\b{_NAME}\s+{_YEAR}\b", re.IGNORECASE),
)
_SLASHES = re.compile(rf"\b(\d{{1,2}})/(\d{{1,2}})/{_YEAR}\b")


def spoken_date(text: str) -> str:
    """The first day in `text`; of a month alone, its first. "" where there is none."""
    for form in _FORMS:
        for found in form.finditer(text):
            parts = found.groupdict()
            day = _iso(parts["year"], _month(parts["month"]), parts.get("day") or "1")
            if day:
                return day
    return _with_slashes(text)


def _with_slashes(text: str) -> str:
    """Only where a number past 12 tells the day from the month."""
    found = _SLASHES.search(text)
    if not found:
        return ""
    first, second = int(found[1]), int(found[2])
    if (first > 12) == (second > 12):
        return ""
    day, month = (first, second) if first > 12 else (second, first)
    return _iso(found["year"], month, str(day))


def _month(name: str) -> int:
    """0 for a word that is no month."""
    return int(name) if name.isdigit() else _months().get(name.lower(), 0)


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    """By their names, whole and short, in lower case."""
    from babel.dates import get_month_names  # noqa: PLC0415  its tables are large, dates rare

    return {
        name.lower().rstrip("."): number
        for language in reversed(_LANGUAGES)
        for width in ("abbreviated", "wide")
        for number, name in get_month_names(width, "format", language).items()
    } | {"sept": 9}


def _iso(year: str, month: int, day: str) -> str:
    try:
        return date(int(year), month, int(day)).isoformat()
    except ValueError:
        return ""
