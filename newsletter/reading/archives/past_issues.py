"""What was found in an archive, read into past issues: each text through the readers of digests."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.digests import Digest
from newsletter.domain.issues.issue import IssueContent, SectionContent
from newsletter.domain.past_issues import PastIssue
from newsletter.reading.archives.found import FoundIssue
from newsletter.reading.digests.block_markdown import issue_content
from newsletter.reading.digests.decoding import decode_digest
from newsletter.reading.digests.digest import parse_digest
from newsletter.reading.digests.front_matter import iso_date
from newsletter.reading.digests.heads import completed_head

_DAY = "date"


@dataclass(frozen=True, slots=True)
class HowToRead:
    """`newsletter` names what has no title; a moment's day is that in `time_zone`."""

    newsletter: str
    time_zone: str
    most_bytes: int
    today: date
    base_url: str = ""


def read_past_issue(found: FoundIssue, how: HowToRead) -> PastIssue:
    """Raises InvalidInput."""
    data = found.read()
    text = decode_digest(data, how.most_bytes)
    digest = parse_digest(text, file_name=found.file_name, base_url=how.base_url, today=how.today)
    _require_possible_date(digest)
    content = _content(found, digest, how)
    if not content.entries and not any(section.intro.strip() for section in content.sections):
        raise InvalidInput("There is no text in it.")
    return PastIssue(found.source, content, _fingerprint(found, data), digest.unplaced)


def _require_possible_date(digest: Digest) -> None:
    """A date that no issue can have was dropped when the text was read."""
    for piece in digest.dropped:
        if piece.why and piece.text.startswith(f"{_DAY}: "):
            day = piece.text.removeprefix(f"{_DAY}: ")
            raise InvalidInput(f"Its date {day} can’t be right. Correct the date.")


def _content(found: FoundIssue, digest: Digest, how: HowToRead) -> IssueContent:
    """What the archive says of the issue counts before what its text says."""
    given = {key: value.strip() for key, value in found.head.items() if value.strip()}
    said = digest.front_matter
    head = said | completed_head(given, given.get("title", ""), "")
    head.setdefault("number", found.number_otherwise)
    day = _day(head.pop(_DAY, ""), how.time_zone)
    title = head.get("title") or said.get("subject") or _name(how, head["number"])
    content = issue_content(replace(digest, title=title, front_matter=head))
    intro = _with_heading(content.intro, digest.title, title)
    return _with_text_in_section(replace(content, issued_on=day, intro=intro))


def _with_text_in_section(content: IssueContent) -> IssueContent:
    """An issue without entries is one text: it stands where the entries of others do."""
    if content.entries or any(section.intro.strip() for section in content.sections):
        return content
    return replace(content, intro="", sections=(SectionContent("", (), content.intro),))


def _name(how: HowToRead, number: str) -> str:
    return f"{how.newsletter} #{number}" if number else how.newsletter


def _day(text: str, time_zone: str) -> date | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        day = iso_date(text)
        return date.fromisoformat(day) if day else None
    return moment.astimezone(ZoneInfo(time_zone)).date() if moment.tzinfo else moment.date()


def _with_heading(intro: str, heading: str, title: str) -> str:
    """The first heading of the text, where the issue is called something else."""
    if not heading or heading.casefold() in title.casefold():
        return intro
    return f"**{heading}**\n\n{intro}".strip()


def _fingerprint(found: FoundIssue, data: bytes) -> str:
    """Of the source, not of how we read it, which gets better."""
    said = json.dumps([dict(found.head), found.number_otherwise], sort_keys=True)
    return hashlib.sha256(said.encode() + b"\0" + data).hexdigest()
