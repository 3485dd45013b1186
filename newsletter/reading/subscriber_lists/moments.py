"""Times as exports write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_LONGEST = 60
_ZONE_NAME = re.compile(r" ?(?:UTC|GMT|Z)$", re.IGNORECASE)
_SHORT_OFFSET = re.compile(r"(\d) ?([+-]\d\d)$")
_SECONDS = re.compile(r"\d{9,10}(?:\.\d+)?")
_MILLISECONDS = re.compile(r"\d{12,13}")
_TIME = r"(?:,? (?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?: ?(?P<half>[AP])M)?)?"
_OTHER_FORMS = tuple(
    re.compile(form + _TIME, re.IGNORECASE)
    for form in (
        r"(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?P<year>\d{4})",
        r"(?P<year>\d{4})/(?P<month>\d\d?)/(?P<day>\d\d?)",
        r"(?:[a-z]{3}, )?(?P<day>\d\d?) (?P<month>[a-z]{3,9}) (?P<year>\d{4})",
        r"(?P<month>[a-z]{3,9}) (?P<day>\d\d?), (?P<year>\d{4})",
    )
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def read_moment(text: str) -> datetime | None:
    """Without a zone it is UTC. None for what is no time.

    Also None for 03/04/2026, which is one day in London and another one in New York.
    """
    text = " ".join(text[:_LONGEST].split())
    if not text or not any(map(str.isdigit, text)):
        return None
    try:
        moment = _iso(text) or _count(text) or _other(text)
        return moment and _in_utc(moment)
    except (ValueError, OverflowError, OSError):
        return None


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
    bare = _ZONE_NAME.sub("", text)
    for form in _OTHER_FORMS:
        if found := form.fullmatch(bare):
            return _of_parts(found.groupdict())
    return None


def _of_parts(parts: dict[str, str | None]) -> datetime:
    """Raises ValueError, also for a word that is no month."""
    month = parts["month"] or ""
    hour = int(parts["hour"] or 0)
    if parts["half"]:
        hour = hour % 12 + 12 * (parts["half"].upper() == "P")
    return datetime(
        int(parts["year"] or 0),
        int(month) if month.isdigit() else _MONTHS.index(month[:3].casefold()) + 1,
        int(parts["day"] or 0),
        hour,
        int(parts["minute"] or 0),
        int(parts["second"] or 0),
        tzinfo=UTC,
    )
