"""Links copied from a chat: who wrote when goes, each link is an entry, and what was said about it
is its comment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from newsletter.domain.issues.digests import Unplaced
from newsletter.reading.digests.chat_lines import MessageHead, head_in, is_noise, without_noise
from newsletter.reading.digests.converted import Converted
from newsletter.reading.digests.leading_links import LeadingLink, leading_link

MOST_BEFORE_LINK = 2_000
LONGEST_TITLE = 140
_FEWEST_MESSAGES = 2
_WHY = "Names, times and reactions of a chat are not taken over."
_HAS_ADDRESS = "://", "www."
_LEADS_ON = (":", "：", "👇", "⬇️")


@dataclass(slots=True)
class _Message:
    """Its lines, each with its number, without the head."""

    name: str
    like_event: bool
    lines: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Link:
    """An address of a message, with the lines that are about it."""

    number: int
    found: LeadingLink
    above: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)


def markdown_of_chat(text: str) -> Converted | None:
    """None for what is no chat: it has two messages with links at least, and none before a name."""
    if "://" not in text or ":" not in text:
        return None
    dropped: list[Unplaced] = []
    opening, messages = _read(text.split("\n"), dropped)
    linked = sum(1 for message in messages if any(_link_in(line) for _, line in message.lines))
    if linked < _FEWEST_MESSAGES or any(_link_in(line) for _, line in opening):
        return None
    if _are_events(messages):
        return None
    lines = [*opening, *_written(messages)]
    return Converted(
        "\n".join(line for _, line in lines),
        lines=tuple(number for number, _ in lines),
        dropped=tuple(dropped),
    )


def _are_events(messages: Sequence[_Message]) -> bool:
    """Titles with a time: nobody says anything twice."""
    names = {message.name for message in messages}
    return len(names) == len(messages) and all(message.like_event for message in messages)


def _read(
    lines: Sequence[str], dropped: list[Unplaced]
) -> tuple[list[tuple[int, str]], list[_Message]]:
    """What stands above the first message, and the messages."""
    opening: list[tuple[int, str]] = []
    messages: list[_Message] = []
    at = 0
    while at < len(lines):
        head = head_in(lines, at)
        into = messages[-1].lines if messages else opening
        if head:
            dropped.append(Unplaced(at + 1, _told(lines, at, head), _WHY))
            messages.append(_message(head, at, messages))
        elif messages and is_noise(lines[at]):
            dropped.append(Unplaced(at + 1, lines[at].strip(), _WHY))
        else:
            into.append((at + 1, without_noise(lines[at]) if messages else lines[at]))
        at += head.lines if head else 1
    return opening, messages


def _told(lines: Sequence[str], at: int, head: MessageHead) -> str:
    """Name and time, without what is said behind them."""
    line = lines[at].removesuffix(head.body) if head.body else lines[at]
    return " ".join(" ".join([line, *lines[at + 1 : at + head.lines]]).split())[:200]


def _message(head: MessageHead, at: int, before: Sequence[_Message]) -> _Message:
    """One without a name is by who wrote the one before."""
    message = _Message(head.name or (before[-1].name if before else ""), head.like_event)
    body = without_noise(head.body)
    if body and not is_noise(body):
        message.lines.append((at + 1, body))
    return message


def _written(messages: Sequence[_Message]) -> Iterator[tuple[int, str]]:
    """A list of links. What has none is about the link before, or if it says so, the one behind."""
    waiting: list[str] = []
    waits_for = ""
    has_begun = False
    for message in messages:
        texts, links = _links_of(message.lines)
        if waiting and waits_for != message.name:
            yield from _paragraphs(waiting, message.lines, is_in_item=has_begun)
            waiting = []
        waiting.extend(texts)
        waits_for = message.name
        if not links and waiting and waiting[-1].endswith(_LEADS_ON):
            continue
        if links:
            links[0].above[:0] = waiting
        else:
            yield from _paragraphs(waiting, message.lines, is_in_item=has_begun)
        waiting = []
        for link in links:
            has_begun = True
            yield from _item(link)
    yield from _paragraphs(waiting, messages[-1].lines, is_in_item=has_begun)


def _paragraphs(
    texts: Sequence[str], lines: Sequence[tuple[int, str]], *, is_in_item: bool
) -> Iterator[tuple[int, str]]:
    number = lines[0][0] if lines else 1
    for text in texts:
        yield number, f"  {text}" if is_in_item else text
    if texts:
        yield number, ""


def _links_of(lines: Sequence[tuple[int, str]]) -> tuple[list[str], list[_Link]]:
    """The lines without a link around, and each link with those that are about it: where words come
    first they are about the link below them.
    """
    filled = [(number, line.strip()) for number, line in lines if line.strip()]
    each = [(number, line, _link_in(line)) for number, line in filled]
    links: list[_Link] = []
    texts: list[str] = []
    is_above = bool(each) and each[0][2] is None
    for number, line, found in each:
        if found:
            links.append(_Link(number, found, texts))
            texts = []
        elif links and not (is_above and _is_before_link(each, number)):
            links[-1].below.append(line)
        else:
            texts.append(line)
    return texts, links


def _is_before_link(each: Sequence[tuple[int, str, LeadingLink | None]], number: int) -> bool:
    return each[-1][2] is not None and number < each[-1][0]


def _item(link: _Link) -> Iterator[tuple[int, str]]:
    title, comment = _title_and_comment(link)
    yield link.number, f"- {title}"
    yield link.number, ""
    for text in comment:
        yield link.number, f"  {text}"
    if comment:
        yield link.number, ""


def _title_and_comment(link: _Link) -> tuple[str, list[str]]:
    """Few words before a link are its title; more, and all behind it, are the comment."""
    found = link.found
    before = " ".join([*link.above, found.before.strip()]).strip(" -–—:：>•*👇⬇️")
    after = found.after.strip(" -–—:：,*")
    comment = [one for one in (after, *link.below) if one]
    if not found.is_address:
        comment = [one for one in (before, *comment) if one]
        return f"[{found.label}](<{found.url}>)", comment
    if before and len(before) <= LONGEST_TITLE and "](" not in before:
        title = before.replace("[", "\\[").replace("]", "\\]")
        return f"[{title}](<{found.url}>)", comment
    return f"<{found.url}>", [one for one in (before, *comment) if one]


def _link_in(line: str) -> LeadingLink | None:
    if not any(mark in line for mark in _HAS_ADDRESS):
        return None
    return leading_link(line, {}, MOST_BEFORE_LINK)
