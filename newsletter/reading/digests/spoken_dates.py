"""A day as people write it (`June 5th, 2024`, `5 June 2024`, `2024年6月5日`), to YYYY-MM-DD."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d{2})"
_FORMS = (
    re.compile(rf"\b{_MONTH}\s+{_DAY},?\s+{_YEAR}\b", re.IGNORECASE),
    re.compile(rf"\b{_DAY}\s+{_MONTH},?\s+{_YEAR}\b", re.IGNORECASE),
    re.compile(rf"{_YEAR}\s?[年년]\s?(?P<month>\d{{1,2}})\s?[月월]\s?(?P<day>\d{{1,2}})\s?[日일]"),
    re.compile(rf"\b{_MONTH}\s+{_YEAR}\b", re.IGNORECASE),
)


def spoken_date(text: str) -> str:
    """The first day in `text`; of a month alone, its first. "" where there is none."""
    for form in _FORMS:
        found = form.search(text)
        if found:
            return _iso(found.groupdict())
    return ""


def _iso(parts: dict[str, str]) -> str:
    month = parts["month"].lower()
    number = int(month) if month.isdigit() else _MONTHS.index(month) + 1
    try:
        return date(int(parts["year"]), number, int(parts.get("day") or 1)).isoformat()
    except ValueError:
        return ""
