"""What every use case is given: settings, the database, the clock, the dice and the signer."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from newsletter.config import Settings
from newsletter.domain.staff.origins import NOWHERE, Origin
from newsletter.signing import Signer
from newsletter.store.database import Database
from newsletter.usecases.keep_departures import keep_departures
from newsletter.usecases.link_targets import LinkTargets
from newsletter.usecases.subscriber_counts import SubscriberCounts


@dataclass(frozen=True, slots=True)
class Context:
    """Opens no connection by itself; may be made before a fork and shared between threads."""

    settings: Settings
    database: Database
    signer: Signer
    now: Callable[[], datetime]
    draw: Callable[[], float] = random.random
    """A number from 0 up to 1, to spread load. Never for secrets."""
    origin: Callable[[], Origin] = lambda: NOWHERE
    """Of the request that is being answered."""
    subscriber_counts: SubscriberCounts = field(default_factory=SubscriberCounts)
    link_targets: LinkTargets = field(default_factory=LinkTargets)


def open_context(settings: Settings, now: Callable[[], datetime] | None = None) -> Context:
    return Context(
        settings=settings,
        database=Database(settings.database_url, after_commit=partial(keep_departures, settings)),
        signer=Signer(settings.secret_keys),
        now=now or _utc_now,
    )


def _utc_now() -> datetime:
    return datetime.now(UTC)
