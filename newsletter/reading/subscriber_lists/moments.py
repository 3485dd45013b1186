"""Times as exports write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum

from newsletter.domain.plain_words import folded

_LONGEST = 60
_ZONE_NAME = re.compile(r" ?(?:UTC|GMT|Z)$", re.IGNORECASE)
_SHORT_OFFSET = re.compile(r"(\d) ?([+-]\d\d)$")
_SECONDS = re.compile(r"\d{9,10}(?:\.\d+)?")
_MILLISECONDS = re.compile(r"\d{12,13}")
_TIME = r"(?:,? (?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?: ?(?P<half>[AP])M)?)?"
_WEEKDAY = r"[a-z]{2,9},?"
_MONTH = r"(?P<month>[a-z]{3,9})\.?"
_OF = r"[ -](?:de )?"
_OTHER_FORMS = tuple(
    re.compile(form + _TIME, re.IGNORECASE)
    for form in (
        r"(?P<day>\d\d?)\. ?(?P<month>\d\d?)\. ?(?P<year>\d{4}|\d\d)",
        r"(?P<year>\d{4})([/.-]) ?(?P<month>\d\d?)\2 ?(?P<day>\d\d?)\.?",
        r"(?P<year>\d{4}) ?年 ?(?P<month>\d\d?) ?月 ?(?P<day>\d\d?) ?日",
        rf"(?:{_WEEKDAY} )?(?P<day>\d\d?)(?:st|nd|rd|th|er|\.)?{_OF}{_MONTH}{_OF}(?P<year>\d{{4}})",
        rf"(?:{_WEEKDAY} )?{_MONTH} (?P<day>\d\d?)(?:st|nd|rd|th)?,? (?P<year>\d{{4}})",
    )
)
_TWO_NUMBERS = re.compile(
    r"(?P<one>\d\d?)([/-])(?P<other>\d\d?)\2(?P<year>\d{4}|(?<=/)\d\d)" + _TIME
)
_LIKE_A_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b.*")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan ene gen", "feb fev", "mar mrz maa", "apr abr avr", "may mai mag mei maj",
            "jun juin giu", "jul juil lug", "aug aou ago", "sep set", "oct okt ott out", "nov",
            "dec dez dic",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip


class DateOrder(StrEnum):
    """What comes first in 03/04/2026."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


def read_moment(text: str, order: DateOrder | None = None) -> datetime | None:
    """Without a zone it is UTC. None for what is no time.

    Also None for 03/04/2026 without an order: it is one day in London and another in New York.
    """
    text = " ".join(text[:_LONGEST].split())
    if not text or not any(map(str.isdigit, text)):
        return None
    try:
        moment = _iso(text) or _count(text) or _other(text) or _two_numbers(text, order)
        return moment and _in_utc(moment)
    except (ValueError, OverflowError, OSError):
        return None


def looks_like_a_date(text: str) -> bool:
    return _LIKE_A_DATE.fullmatch(text.strip()) is not None


def order_of(texts: Iterable[str]) -> DateOrder | None:
    """By those with a number above 12; None where none has, or they disagree."""
    found = set()
    for text in texts:
        parts = _TWO_NUMBERS.fullmatch(" ".join(text[:_LONGEST].split()))
        if parts and int(parts["one"]) > 12:
            found.add(DateOrder.DAY_FIRST)
        elif parts and int(parts["other"]) > 12:
            found.add(DateOrder.MONTH_FIRST)
    return found.pop() if len(found) == 1 else None


def _in_utc(moment: datetime) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _iso(text: str) -> datetime | None:
    if len(text) < len("2026-01-01"):
        return None
    bare = _SHORT_OFFSET.sub(r"\1\2:00", _ZONE_NAME.sub("", text))
    try:
        return datetime.fromisoformat(bare)
    except ValueError:
        return None


def _count(text: str) -> datetime | None:
    """Seconds or milliseconds since 1970, from 1973 on."""
    if _SECONDS.fullmatch(text):
        return datetime.fromtimestamp(float(text), UTC)
    return datetime.fromtimestamp(int(text) / 1000, UTC) if _MILLISECONDS.fullmatch(text) else None


def _other(text: str) -> datetime | None:
    bare = folded(_ZONE_NAME.sub("", text))
    for form in _OTHER_FORMS:
        if found := form.fullmatch(bare):
            return _of_parts(found.groupdict())
    return None


def _two_numbers(text: str, order: DateOrder | None) -> datetime | None:
    found = _TWO_NUMBERS.fullmatch(_ZONE_NAME.sub("", text))
    if found is None:
        return None
    first, second = int(found["one"]), int(found["other"])
    order = order_of([text]) or order or (DateOrder.DAY_FIRST if first == second else None)
    if order is None:
        return None
    day, month = (first, second) if order is DateOrder.DAY_FIRST else (second, first)
    return _of_parts(found.groupdict() | {"day": str(day), "month": str(month)})


def _of_parts(parts: dict[str, str | None]) -> datetime:
    """Raises ValueError, also for a word that is no month."""
    month = parts["month"] or ""
    hour = int(parts["hour"] or 0)
    if parts["half"]:
        hour = hour % 12 + 12 * (parts["half"].upper() == "P")
    year = int(parts["year"] or 0)
    return datetime(
        year if year > 99 else 2000 + year,
        int(month) if month.isdigit() else _month(month),
        int(parts["day"] or 0),
        hour,
        int(parts["minute"] or 0),
        int(parts["second"] or 0),
        tzinfo=UTC,
    )


def _month(name: str) -> int:
    """Also of `März` and `juillet`. Raises ValueError."""
    found = _MONTHS.get(name[:4]) or _MONTHS.get(name[:3])
    if found is None:
        raise ValueError(name)
    return found
