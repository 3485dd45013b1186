"""Counts the subscribers of a newsletter. Large counts are cached for a few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy.orm import Session

from newsletter.domain.readers.consent import SubscriptionState
from newsletter.store.issues.issues import active_readers
from newsletter.store.readers.lists import count_by_state

MANY = 50_000
"""From here on, counting takes longer than the rest of a page."""
KEPT_S = 10.0
"""How long a large count is shown again. Smaller counts are always exact."""

_Kept = tuple[float, dict[SubscriptionState, int]]


class SubscriberCounts:
    """Shared by the threads of one process. For display only: sending never uses it."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._active: dict[int, _Kept] = {}
        self._by_state: dict[int, _Kept] = {}

    def active(self, session: Session, newsletter_id: int) -> int:
        """Subscribers who would get an issue sent now."""

        def count() -> dict[SubscriptionState, int]:
            return {SubscriptionState.ACTIVE: active_readers(session, newsletter_id)}

        return self._ask(self._active, newsletter_id, count)[SubscriptionState.ACTIVE]

    def by_state(self, session: Session, newsletter_id: int) -> dict[SubscriptionState, int]:
        """Erased subscribers are not counted."""
        return self._ask(
            self._by_state, newsletter_id, lambda: count_by_state(session, newsletter_id)
        )

    def _ask(
        self,
        kept: dict[int, _Kept],
        newsletter_id: int,
        count: Callable[[], dict[SubscriptionState, int]],
    ) -> dict[SubscriptionState, int]:
        until_s, counts = kept.get(newsletter_id, (0.0, {}))
        if self._clock_s() < until_s:
            return counts.copy()
        counts = count()
        if sum(counts.values()) >= MANY:
            kept[newsletter_id] = (self._clock_s() + KEPT_S, counts.copy())
        return counts
