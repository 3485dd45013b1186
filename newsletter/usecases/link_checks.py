"""Asking the links of an issue whether they work: a few at a time, each host one at a time.

The answers are kept. What checks an issue reads them there and never waits for the network.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

from newsletter.config import Settings
from newsletter.domain.issues import IssueContent
from newsletter.domain.link_answers import LinkAnswer
from newsletter.domain.newsletters import NewsletterProfile
from newsletter.domain.web_addresses import host_of
from newsletter.rendering.preflight_content import parts_of
from newsletter.store.editions import content_of, issue_with_content
from newsletter.store.link_checks import keep_answers, known_answers
from newsletter.store.newsletters import profile_of
from newsletter.usecases.check_issue import asked_urls
from newsletter.usecases.context import Context
from newsletter.usecases.polite_fetch import Manners, ask

AT_A_TIME = 4
PATIENCE = timedelta(seconds=25)
"""For all links of an issue together; what is left then is asked the next time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`left` are those for which there was no time."""

    answered: int
    left: int


def check_links(
    context: Context,
    issue_id: int,
    manners: Manners | None = None,
    patience: timedelta = PATIENCE,
) -> Asked:
    """Asks what has no fresh answer, and keeps what comes back. Outside of any transaction."""
    with context.database.read() as session:
        issue = issue_with_content(session, issue_id)
        profile = profile_of(issue.newsletter)
        urls, pictures = _urls(content_of(issue), profile, context.settings)
        known = known_answers(session, urls)
    now = context.now()
    stale = [url for url in urls if not (url in known and known[url].is_fresh(now))]
    manners = manners or manners_of(context.settings)
    answers = ask_all(stale, pictures, manners, now, patience)
    with context.database.write() as session:
        keep_answers(session, answers)
    return Asked(len(answers), len(stale) - len(answers))


def answers_now(
    settings: Settings,
    content: IssueContent,
    profile: NewsletterProfile,
    now: datetime,
    patience: timedelta = PATIENCE,
) -> dict[str, LinkAnswer]:
    """For a file that no database knows: nothing is kept."""
    urls, pictures = _urls(content, profile, settings)
    answers = ask_all(urls, pictures, manners_of(settings), now, patience)
    return {answer.url: answer for answer in answers}


def manners_of(settings: Settings) -> Manners:
    contact = f" (+{settings.public_url})" if settings.public_url else ""
    return Manners(user_agent=f"newsletter-link-check/{version('newsletter')}{contact}")


def ask_all(
    urls: Iterable[str],
    pictures: frozenset[str],
    manners: Manners,
    now: datetime,
    patience: timedelta = PATIENCE,
) -> list[LinkAnswer]:
    """Of `pictures` the size is wanted, too. What takes longer than `patience` is left out."""
    deadline = time.monotonic() + patience.total_seconds()
    manners = replace(manners, hold_host=_Hosts().hold)
    by_host: dict[str, list[str]] = {}
    for url in dict.fromkeys(urls):
        by_host.setdefault(host_of(url), []).append(url)
    answers: list[LinkAnswer] = []

    def ask_host(own: list[str]) -> None:
        for url in own:
            if time.monotonic() >= deadline:
                return
            answers.append(ask(url, manners, now, wants_size=url in pictures))

    pool = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="links")
    running: list[Future[None]] = [pool.submit(ask_host, own) for own in by_host.values()]
    wait(running, timeout=patience.total_seconds())
    pool.shutdown(wait=False, cancel_futures=True)
    return list(answers)


class _Hosts:
    """A lock for each: a redirect may lead to a host that is being asked."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    def hold(self, host: str) -> AbstractContextManager[Any]:
        with self._guard:
            return self._locks.setdefault(host, threading.Lock())


def _urls(
    content: IssueContent, profile: NewsletterProfile, settings: Settings
) -> tuple[list[str], frozenset[str]]:
    parts = parts_of(content, profile)
    return asked_urls(parts, settings), frozenset(picture.url for picture in parts.pictures)
