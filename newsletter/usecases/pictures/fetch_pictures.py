"""Pictures of the web that issues show: each is fetched once, and its issue shows our copy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta

from newsletter.config import Settings
from newsletter.domain.errors import InvalidInput
from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.past_issues import Judged
from newsletter.net.fetch import FetchPolicy, fetch_document
from newsletter.net.links import fetch_policy
from newsletter.reading.picture_process import read_picture_apart
from newsletter.reading.pictures import MOST_BYTES
from newsletter.rendering.bodies.picture_addresses import (
    picture_addresses,
    with_picture_addresses,
)
from newsletter.spool.media_stores import media_store
from newsletter.spool.pictures import picture_from, remember_address
from newsletter.urls import is_ours, media_url
from newsletter.usecases.pictures.adopt_pictures import Origin
from newsletter.usecases.pictures.keep_files import keep_files

AT_A_TIME = 4
PATIENCE = timedelta(minutes=30)
"""For all pictures of an import. Then the others stay links."""
REQUEST_S = 10.0
MOST_REASONS = 3
"""How many reasons the report gives for one file."""


@dataclass(slots=True)
class PictureFetcher:
    """That of one import or issue. Uses the network and the disk: call it outside a transaction."""

    settings: Settings
    policy: FetchPolicy
    patience: timedelta = PATIENCE
    _ours: dict[str, str] = field(default_factory=dict)
    """Our address of a picture, by that where it was."""
    troubles: dict[str, str] = field(default_factory=dict)
    """Why not, by the address."""
    origins: dict[str, Origin] = field(default_factory=dict)
    """By the name of our copy."""
    _deadline: float = 0.0

    def __post_init__(self) -> None:
        self._deadline = time.monotonic() + self.patience.total_seconds()

    def fetch(self, contents: Iterable[IssueContent]) -> Iterator[tuple[int, int]]:
        """How many of how many are done. What can't be fetched is no error."""
        found = (url for content in contents for url in _addresses(content))
        new = [url for url in dict.fromkeys(found) if self._is_new(url)]
        pool = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="pictures")
        try:
            for done, _ in enumerate(pool.map(self._take, new), 1):
                yield done, len(new)
        finally:
            pool.shutdown(cancel_futures=True)

    def placed(self, judged: Judged) -> Judged:
        """With our addresses, and the reasons why some are not ours."""
        if judged.past is None:
            return judged
        content = judged.past.content
        kept_away = [url for url in _addresses(content) if url in self.troubles]
        reason = " ".join(filter(None, (judged.reason, self._told(kept_away))))
        content = self.with_ours(content)
        return replace(judged, reason=reason, past=replace(judged.past, content=content))

    def with_ours(self, content: IssueContent) -> IssueContent:
        """Only the addresses of pictures change."""
        return _changed(content, lambda text: with_picture_addresses(text, self._ours))

    def elsewhere(self, content: IssueContent) -> list[str]:
        """The addresses of its pictures that are not ours."""
        public_url = self.settings.public_url
        return [url for url in _addresses(content) if not is_ours(public_url, url)]

    def _is_new(self, url: str) -> bool:
        if is_ours(self.settings.public_url, url):
            return False
        return url not in self._ours and url not in self.troubles

    def _take(self, url: str) -> None:
        try:
            name = picture_from(media_store(self.settings), url) or self._fetched(url)
            self.origins.setdefault(name, Origin(url))
        except InvalidInput as error:
            self.troubles[url] = error.message
        except OSError as error:
            self.troubles[url] = f"{url} couldn’t be stored: {error.strerror or error}."
        else:
            self._ours[url] = media_url(self.settings.public_url, name)

    def _fetched(self, url: str) -> str:
        if time.monotonic() >= self._deadline:
            raise InvalidInput(f"There was no time left for {url}.")
        data = fetch_document(url, self.policy).data
        try:
            picture = read_picture_apart(data)
        except InvalidInput as error:
            raise InvalidInput(f"We couldn't use {url}. {error.message}") from error
        files = keep_files(self.settings, picture)
        remember_address(media_store(self.settings), url, files.name)
        self.origins[files.name] = Origin(url, files)
        return files.name

    def _told(self, urls: list[str]) -> str:
        if not urls:
            return ""
        count = "1 picture stays a link." if len(urls) == 1 else f"{len(urls)} pictures stay links."
        return " ".join([count, *(self.troubles[url] for url in urls[:MOST_REASONS])])


def picture_fetcher(settings: Settings, policy: FetchPolicy | None = None) -> PictureFetcher:
    """Raises InvalidInput where readers could not see what we serve."""
    if not settings.public_url.startswith("https://"):
        raise InvalidInput(
            "Pictures can be fetched only for a site with an https address.",
            advice="Set PUBLIC_URL to an address that begins with https://, or keep pictures as "
            "links.",
            field="pictures",
        )
    return PictureFetcher(settings, policy or picture_policy(settings))


def picture_policy(settings: Settings) -> FetchPolicy:
    return replace(fetch_policy(settings), most_bytes=MOST_BYTES, request_s=REQUEST_S)


def _addresses(content: IssueContent) -> tuple[str, ...]:
    texts = [content.intro]
    texts += [section.intro for section in content.sections]
    texts += [entry.body for entry in content.entries]
    return tuple(dict.fromkeys(url for text in texts for url in picture_addresses(text)))


def _changed(content: IssueContent, change: Callable[[str], str]) -> IssueContent:
    sections = tuple(
        replace(
            section,
            intro=change(section.intro),
            entries=tuple(replace(entry, body=change(entry.body)) for entry in section.entries),
        )
        for section in content.sections
    )
    return replace(content, intro=change(content.intro), sections=sections)
