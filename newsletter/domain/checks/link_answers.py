"""What a link answered when it was asked, and what that means for an issue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from newsletter.domain.checks.preflight import (
    Finding,
    Link,
    Picture,
    Place,
    error,
    note,
    shortened,
    warning,
)
from newsletter.domain.sentences import without_stop

DEAD = frozenset({"link-dead", "picture-dead"})
UNSURE = frozenset({"link-unsure", "picture-unsure"})
HEAVY_PICTURE_BYTES = 200_000
TOO_HEAVY_PICTURE_BYTES = 1_000_000


class LinkResult(StrEnum):
    FOUND = "found"
    GONE = "gone"
    """404 or 410: the page does not exist."""
    NO_HOST = "no host"
    """The name does not exist, as far as this machine can tell."""
    SHUT = "shut"
    """401, 403, 429 and the like: perhaps to programs only."""
    FAILING = "failing"
    """5xx, a broken certificate, no connection, no answer in time."""
    PRIVATE = "private"
    """It leads to an address that is not public, so it was not asked."""
    UNFIT = "unfit"
    """A port or a scheme that is not asked, or redirects without end."""


_COUNTS_FOR = timedelta(days=7)
_FRESH_FOR = {LinkResult.FOUND: timedelta(days=1), LinkResult.PRIVATE: timedelta(hours=1)}
_FRESH_OTHERWISE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """`final_url` is where redirects ended; `is_permanent` when all of them said for good.

    `length` is None where the server did not say; `detail` is for people.
    """

    url: str
    result: LinkResult
    checked_at: datetime
    status: int | None = None
    final_url: str = ""
    is_permanent: bool = False
    content_type: str = ""
    length: int | None = None
    detail: str = ""

    def counts(self, now: datetime) -> bool:
        """An old answer says nothing any more."""
        return now - self.checked_at <= _COUNTS_FOR

    def is_fresh(self, now: datetime) -> bool:
        """Not worth asking again: a good answer for a day, trouble for ten minutes."""
        return now - self.checked_at <= _FRESH_FOR.get(self.result, _FRESH_OTHERWISE)


def answer_findings(
    links: Iterable[Link], pictures: Iterable[Picture], answers: Mapping[str, LinkAnswer]
) -> Iterator[Finding]:
    """Reports each address once, at its first place."""
    is_online = any(answer.status for answer in answers.values())
    seen: set[str] = set()
    for link in links:
        answer = answers.get(link.url)
        if answer and link.url not in seen:
            seen.add(link.url)
            yield from _link_finding(answer, link.place, is_online=is_online)
    for picture in pictures:
        answer = answers.get(picture.url)
        if answer and picture.url not in seen:
            seen.add(picture.url)
            yield from _picture_finding(answer, picture.place, is_online=is_online)


def _link_finding(answer: LinkAnswer, place: Place, *, is_online: bool) -> Iterator[Finding]:
    shown = shortened(answer.url, 90)
    if answer.result is LinkResult.FOUND:
        if answer.final_url and answer.final_url != answer.url:
            how = "permanently" if answer.is_permanent else "temporarily"
            yield note(
                "link-redirect",
                place,
                f"{shown} redirects {how} to {shortened(answer.final_url, 120)}.",
                "Link to the new address, unless the old one will last longer.",
            )
        return
    yield from _trouble("link", "The link", answer, shown, place, is_online=is_online)


def _picture_finding(answer: LinkAnswer, place: Place, *, is_online: bool) -> Iterator[Finding]:
    shown = shortened(answer.url, 90)
    if answer.result is not LinkResult.FOUND:
        yield from _trouble("picture", "The picture", answer, shown, place, is_online=is_online)
        return
    kind = answer.content_type.partition(";")[0].strip().lower()
    if kind and not kind.startswith("image/") and kind != "application/octet-stream":
        yield error(
            "picture-dead",
            place,
            f"{shown} is {kind}, not a picture.",
            "Use the address of the picture itself.",
        )
    elif kind in ("image/webp", "image/svg+xml", "image/avif"):
        yield warning(
            "picture-format",
            place,
            f"{shown} is sent as {kind}, which Outlook for Windows does not show.",
            "Use PNG, JPEG or GIF.",
        )
    yield from _weight(answer, shown, place)


def _weight(answer: LinkAnswer, shown: str, place: Place) -> Iterator[Finding]:
    if answer.length is None or answer.length <= HEAVY_PICTURE_BYTES:
        return
    make = warning if answer.length > TOO_HEAVY_PICTURE_BYTES else note
    yield make(
        "picture-weight",
        place,
        f"{shown} is {answer.length / 1000:,.0f} kB large.",
        f"Stay below {HEAVY_PICTURE_BYTES // 1000} kB so that phones show it at once. "
        "A width of twice the email's, in pixels, is enough.",
    )


def _trouble(  # noqa: PLR0913  what, of what, where, and who is to blame
    check: str, what: str, answer: LinkAnswer, shown: str, place: Place, *, is_online: bool
) -> Iterator[Finding]:
    match answer.result:
        case LinkResult.GONE:
            yield error(
                f"{check}-dead",
                place,
                f"{what} is dead: {shown} returns {answer.status}.",
                "Find its new address, or remove it.",
            )
        case LinkResult.NO_HOST:
            make = error if is_online else warning
            doubt = "" if is_online else " This server may also be offline."
            yield make(
                f"{check}-dead",
                place,
                f"{what} is dead: the site of {shown} does not exist.{doubt}",
                "Check the address for a typo.",
            )
        case LinkResult.PRIVATE:
            yield warning(
                f"{check}-private",
                place,
                f"{shown} leads to {answer.detail or 'a private address'}, so we did not check it.",
                "Readers outside your network can't open it.",
            )
        case LinkResult.SHUT:
            yield note(
                f"{check}-unsure",
                place,
                f"{shown} returns {answer.status}. The site may block automated checks.",
                "Open it yourself to check.",
            )
        case _:
            yield warning(
                f"{check}-unsure",
                place,
                f"We could not check {shown}: {without_stop(answer.detail or 'no answer')}.",
                "Open it yourself to check.",
            )
