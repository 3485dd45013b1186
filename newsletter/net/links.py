"""Asks many links whether they work: a few at a time, each host one at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

from newsletter.config import Settings
from newsletter.domain.checks.link_answers import LinkAnswer
from newsletter.domain.web_addresses import host_of
from newsletter.net.fetch import FetchPolicy, ask_link

LINKS_AT_A_TIME = 4


def fetch_policy(settings: Settings) -> FetchPolicy:
    contact = f" (+{settings.public_url})" if settings.public_url else ""
    return FetchPolicy(user_agent=f"newsletter-link-check/{version('newsletter')}{contact}")


def ask_links(
    urls: Iterable[str],
    pictures: frozenset[str],
    policy: FetchPolicy,
    now: datetime,
    patience: timedelta,
) -> list[LinkAnswer]:
    """The answers that come within `patience`. For `pictures`, they include the size in bytes."""
    deadline = time.monotonic() + patience.total_seconds()
    policy = replace(policy, hold_host=_Hosts().hold)
    by_host: dict[str, list[str]] = {}
    for url in dict.fromkeys(urls):
        by_host.setdefault(host_of(url), []).append(url)
    answers: list[LinkAnswer] = []

    def ask_host(own: list[str]) -> None:
        for url in own:
            if time.monotonic() >= deadline:
                return
            answers.append(ask_link(url, policy, now, wants_size=url in pictures))

    pool = ThreadPoolExecutor(LINKS_AT_A_TIME, thread_name_prefix="links")
    running: list[Future[None]] = [pool.submit(ask_host, own) for own in by_host.values()]
    wait(running, timeout=patience.total_seconds())
    pool.shutdown(wait=False, cancel_futures=True)
    return list(answers)


class _Hosts:
    """A lock for each host: a redirect may lead to a host that is being asked."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    def hold(self, host: str) -> AbstractContextManager[Any]:
        with self._guard:
            return self._locks.setdefault(host, threading.Lock())
