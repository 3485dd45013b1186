"""What an issue can contain. Field names are those of the form: entry-17-url."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

from newsletter.domain.clicks.counted_links import parameters_problem
from newsletter.domain.issues.issue import EntryContent, IssueContent
from newsletter.domain.issues.issue_dates import date_problem
from newsletter.domain.problems import has_control_characters

LONGEST_LINE = 300
LONGEST_URL = 2000
LONGEST_TEXT = 200_000
LONGEST_IN_ALL = 250_000
"""Characters of an issue: 40,000 words. Gmail cuts a mail off at 102 KB, its HTML included."""
MARKS = "\n[]<>*_~|`&:!\\"
MOST_MARKS = 25_000
"""Each takes about 0.1 ms to render. An issue of 35 entries has about 1,000."""
MOST_ENTRIES = 1_000
MOST_SECTIONS = 200
LARGEST_NUMBER = 999_999
SCHEMES = ("https", "http", "mailto")


def problems_of(content: IssueContent, today: date | None = None) -> dict[str, str]:
    """What is wrong, by field; empty for an issue that can be saved. A draft may lack much."""
    found: dict[str, str] = {}
    for field, text in (
        ("title", content.title),
        ("subject", content.subject),
        ("preheader", content.preheader),
        ("author", content.author),
    ):
        found |= _line_problem(field, text)
    found |= _text_problem("intro", content.intro)
    if content.number is not None and not 1 <= content.number <= LARGEST_NUMBER:
        found["number"] = f"The number must be between 1 and {LARGEST_NUMBER}."
    if problem := date_problem(content.issued_on, today):
        found["issued_on"] = problem
    for name, section in zip(content.section_names, content.sections, strict=True):
        found |= _line_problem(f"{name}-title", section.title)
        found |= _text_problem(f"{name}-intro", section.intro)
    entries = zip(content.entry_names, content.entries, strict=True)
    for ordinal, (name, entry) in enumerate(entries, 1):
        found |= _entry_problems(name, ordinal, entry)
    if problem := size_problem(content):
        found.setdefault(_largest_text(content), problem)
    return found


def size_problem(content: IssueContent) -> str:
    """Empty for an issue that is rendered in seconds. Also for digests that are only tried out."""
    texts = _texts(content)
    for things, count, most in (
        ("entries", len(content.entries), MOST_ENTRIES),
        ("sections", len(content.sections), MOST_SECTIONS),
        ("characters in all its texts", sum(map(len, texts)), LONGEST_IN_ALL),
        ("line breaks and Markdown characters such as * and [", _marks(texts), MOST_MARKS),
    ):
        if count > most:
            return f"This issue has {count:,} {things}. The limit is {most:,}. Make it two issues."
    return ""


def url_problem(url: str) -> str:
    """What is wrong with a link, to follow a colon. "" for a good link or an empty one."""
    if not url:
        return ""
    if len(url) > LONGEST_URL:
        return f"the link must not be longer than {LONGEST_URL} characters."
    if has_control_characters(url) or " " in url:
        return "the link must not contain spaces or line breaks."
    try:
        parts = urlsplit(url)
        is_complete = bool("@" in parts.path if parts.scheme == "mailto" else parts.hostname)
    except ValueError:
        is_complete = False
    if url.partition(":")[0].lower() not in SCHEMES:
        return "the link must start with https://, http:// or mailto:."
    return "" if is_complete else "the link must look like https://example.org/page."


def _texts(content: IssueContent) -> list[str]:
    sections = [text for one in content.sections for text in (one.title, one.intro)]
    return [content.intro, *sections, *(text for one in content.entries for text in _written(one))]


def _written(entry: EntryContent) -> tuple[str, ...]:
    return (entry.title, entry.url, entry.body, entry.author, *entry.sources)


def _marks(texts: list[str]) -> int:
    return sum(text.count(mark) for text in texts for mark in MARKS)


def _largest_text(content: IssueContent) -> str:
    """The field where the page shows what is wrong with all of them."""
    bodies = zip(content.entry_names, content.entries, strict=True)
    lengths = {f"{name}-body": len(entry.body) for name, entry in bodies}
    sections = zip(content.section_names, content.sections, strict=True)
    lengths |= {f"{name}-intro": len(section.intro) for name, section in sections}
    lengths["intro"] = len(content.intro)
    return max(lengths, key=lambda field: lengths[field])


def _entry_problems(name: str, ordinal: int, entry: EntryContent) -> dict[str, str]:
    found = _line_problem(f"{name}-title", entry.title)
    if not entry.title.strip():
        found[f"{name}-title"] = f"Entry {ordinal} has no title. Add one, or remove the entry."
    if problem := url_problem(entry.url):
        found[f"{name}-url"] = f"Entry {ordinal}: {problem}"
    if any(has_control_characters(s) or " " in s or len(s) > 253 for s in entry.sources):
        found[f"{name}-sources"] = (
            f"Entry {ordinal}: sources must be sites such as example.org, separated by commas."
        )
    if problem := parameters_problem(entry.link_parameters):
        found[f"{name}-link_parameters"] = f"Entry {ordinal}: {problem}"
    found |= _line_problem(f"{name}-author", entry.author)
    return found | _text_problem(f"{name}-body", entry.body)


def _line_problem(field: str, text: str) -> dict[str, str]:
    if has_control_characters(text):
        return {field: "This must be one line, without line breaks."}
    if len(text) > LONGEST_LINE:
        return {field: f"This has {len(text)} characters. The limit is {LONGEST_LINE}."}
    return {}


def _text_problem(field: str, text: str) -> dict[str, str]:
    if "\x00" in text:
        return {field: "This contains a null byte. Remove it."}
    if len(text) > LONGEST_TEXT:
        return {field: f"This has {len(text):,} characters. The limit is {LONGEST_TEXT:,}."}
    return {}
