"""What a digest is called, its number and its date, from its title and the name of its file where
its head is silent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from newsletter.reading.digests.front_matter import iso_date
from newsletter.reading.digests.spoken_dates import spoken_date

_IN_TITLE = re.compile(
    r"(?:#|№|n[o°]\.?\s?|第\s*|"
    r"(?:issue|vol(?:ume)?|edition|episode|week|ausgabe|numéro)[ .:#-]{0,3})"
    r"(\d{1,5})(?:\s*[期号回])?(?!\d|[-./]\d)",
    re.IGNORECASE,
)
_LEADING = re.compile(r"^(\d{1,5})(?=\s*[:：.·–—|-]\s)")
_LAST = re.compile(r"\s(\d{1,5})(?=\s*(?:[:：–—|-]\s|$))")
_FILE_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_.]?(\d{2})[-_.]?(\d{2})(?!\d)")
_FILE_MONTH = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_.](0[1-9]|1[0-2])$")
_FILE_NUMBER = re.compile(
    r"(?:issue|vol|week|number|no|ep|n)[-_ .]?0*(\d{1,5})(?!\d)|(?:^|[-_ .])0*(\d{1,4})$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s[-–—|·•/]+\s|[|·•]")
_LONGEST_OF_HEAD = 80
_MOST_ABOVE = 4
_MOST_LINES_OF_HEAD = 12
_DAY = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")
_LETTER = re.compile(r"[^\W\d_]")
_WORDS_OF_FILE = re.compile(r"[-_.\s]+")


def completed_head(given: Mapping[str, str], title: str, file_name: str) -> dict[str, str]:
    """`given` and what title and file say besides. Nothing that was said is changed."""
    head = dict(given)
    stem = _stem(file_name)
    subject = "" if "title" in given else head.get("subject", "")
    title = head.get("title") or title or subject
    number = _number_in(title) or _number_in(subject) or _number_of_file(stem)
    day = _day_in(title) or _day_of_file(stem)
    for key, value in (("title", title or _title_of_file(stem)), ("number", number), ("date", day)):
        if value and not head.get(key):
            head[key] = value
    return head


def says_which(line: str) -> bool:
    """Whether a line names an issue by its number or its day."""
    return len(line) <= 200 and bool(_number_in(line) or _day_in(line))


def head_above(intro: str, title: str) -> tuple[dict[str, str], str]:
    """What the first lines of an introduction say of the issue, and the rest of it: `Issue 12`,
    `No. 12 · 5 June 2026`. Where there is no title, the short line above them is that.
    """
    lines = intro.split("\n")
    head: dict[str, str] = {}
    taken: list[int] = []
    filled = [at for at, line in enumerate(lines[:_MOST_LINES_OF_HEAD]) if line.strip()]
    for place, at in enumerate(filled[:_MOST_ABOVE]):
        number, day, is_all = _which(lines[at])
        if not number and not (day and head):
            continue
        head = {"number": number, "date": day} | {key: one for key, one in head.items() if one}
        taken += [at] if is_all else []
        if not title and place == 1 and _is_name(lines[filled[0]]):
            head["title"] = lines[filled[0]].strip()
            taken.append(filled[0])
    kept = "\n".join(line for at, line in enumerate(lines) if at not in taken).strip()
    return {key: value for key, value in head.items() if value}, kept


def _which(line: str) -> tuple[str, str, bool]:
    """Number and day that a short line names, and whether it says nothing else."""
    text = line.strip().strip("*_#").strip()
    if not 0 < len(text) <= _LONGEST_OF_HEAD or "](" in text or "://" in text:
        return "", "", False
    pieces = [piece for one in _BETWEEN.split(text) if (piece := one.strip())]
    numbers = [found[1] for piece in pieces if (found := _IN_TITLE.match(piece))]
    day = _day_in(text)
    others = [piece for piece in pieces if not _IN_TITLE.fullmatch(piece) and not _day_in(piece)]
    return (str(int(numbers[0])) if numbers else ""), day, not others


def _is_name(line: str) -> bool:
    is_short = len(line.strip()) <= _LONGEST_OF_HEAD and line.strip()[-1:] not in ".!?。！？"
    return is_short and "](" not in line and "://" not in line


def _stem(file_name: str) -> str:
    name = file_name.replace("\\", "/").rpartition("/")[2]
    return name.rpartition(".")[0] or name


def _number_in(title: str) -> str:
    """A year is no number of an issue."""
    for pattern in (_IN_TITLE, _LEADING, _LAST):
        found = pattern.search(title)
        if found and not re.fullmatch(r"(19|20)\d\d", found[1]) and int(found[1]):
            return str(int(found[1]))
    return ""


def _day_in(title: str) -> str:
    found = _DAY.search(title)
    return iso_date(found[1]) if found else spoken_date(title)


def _day_of_file(stem: str) -> str:
    """Of `2024-06`, the first of that month."""
    found = _FILE_DATE.search(stem)
    if found:
        return iso_date("-".join(found.groups()))
    month = _FILE_MONTH.search(stem)
    return iso_date(f"{month[1]}-{month[2]}-01") if month else ""


def _number_of_file(stem: str) -> str:
    undated = stem if _FILE_DATE.search(stem) else _FILE_MONTH.sub("", stem)
    found = _FILE_NUMBER.search(_FILE_DATE.sub("", undated).strip("-_ ."))
    number = next(filter(None, found.groups()), "") if found else ""
    is_year = bool(re.fullmatch(r"(19|20)\d\d", number))
    return str(int(number)) if number and int(number) and not is_year else ""


def _title_of_file(stem: str) -> str:
    words = _WORDS_OF_FILE.split(_FILE_DATE.sub("", stem)) if _LETTER.search(stem) else [stem]
    return " ".join(word for word in words if word)
