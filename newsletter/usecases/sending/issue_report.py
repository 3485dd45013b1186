"""What a report says of an issue: its numbers, whether they add up, and what waits for what."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from newsletter.domain.feedback.later_facts import LaterFacts
from newsletter.domain.history import Happened
from newsletter.store.clicks.edition_domains import DomainCount
from newsletter.store.sending.next_tries import NextTry


@dataclass(frozen=True, slots=True)
class Failure:
    """`address` is "" when the reader was erased since; `reply` is the relay's, or our words."""

    address: str
    reply: str
    subscriber_id: int = 0


@dataclass(frozen=True, slots=True)
class Pause:
    """A relay or a recipient domain that is left alone; `is_current` until then."""

    name: str
    reason: str
    since: datetime
    until: datetime
    is_current: bool

    @property
    def is_named_in_reason(self) -> bool:
        """The words of a broken connection have its name already."""
        return self.name in self.reason


@dataclass(frozen=True, slots=True)
class SlowRelay:
    """A relay that asked for less, and how many messages a second it gets now."""

    name: str
    per_second: float
    reason: str


@dataclass(frozen=True, slots=True)
class IssueReport:
    """Counts of deliveries by state; `active_at_freeze` is what they must add up to.

    Of the uncertain ones, `held` wait for an editor, unless `left_uncertain`; the others come back
    by themselves. `held_back` wait for the verdict on the `canary_readers`. `accepted_by` is the
    total at moments in time. `standstill` says why nothing moves, where nothing does. `resendable`
    copies failed or expired, and their readers still get issues; so with `resendable_held`.
    """

    issue_id: int
    number: int | None
    title: str
    state: str
    state_reason: str
    scheduled_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    audience: str
    """In words: whom it was frozen for, or would go to."""
    active_at_freeze: int
    pending: int
    handing_over: int
    deferred: int
    accepted: int
    failed: int
    uncertain: int
    withdrawn: int
    suppressed: int
    expired: int
    cancelled: int
    canary_readers: int
    held_back: int
    held: int
    resendable: int
    resendable_held: int
    next_try_at: datetime | None
    next_tries: tuple[NextTry, ...]
    """Of the deferred copies, by the domains with most of them. Empty once it has ended."""
    is_waiting_for_relay: bool
    left_uncertain: bool
    uncertain_policy: str
    messages_per_second: float
    relay_trouble: str
    standstill: str
    relays: tuple[Pause, ...]
    slow_relays: tuple[SlowRelay, ...]
    domains: tuple[Pause, ...]
    by_domain: tuple[DomainCount, ...]
    """The largest recipient domains; estimated unless `is_by_domain_exact`."""
    is_by_domain_exact: bool
    accepted_by: tuple[tuple[datetime, int], ...]
    failures: tuple[Failure, ...]
    later: LaterFacts
    """Of the accepted copies: what came back afterwards."""
    history: tuple[Happened, ...]

    @property
    def open(self) -> int:
        return self.pending + self.handing_over + self.deferred

    @property
    def closed(self) -> int:
        ended = self.accepted + self.failed + self.uncertain + self.withdrawn
        return ended + self.suppressed + self.expired + self.cancelled

    @property
    def adds_up(self) -> bool:
        return self.active_at_freeze == self.open + self.closed

    @property
    def seconds_left(self) -> int | None:
        """At the present speed, for what does not wait for a later try; None when nothing moves."""
        waiting = self.pending + self.handing_over
        if not waiting or not self.messages_per_second:
            return None
        return round(waiting / self.messages_per_second)

    @property
    def later_warning(self) -> str:
        return self.later.warning(self.accepted)

    def to_json(self) -> dict[str, Any]:
        later = asdict(self.later) | {
            "bounced": self.later.bounced,
            "complaint_percent": round(self.later.complaint_percent(self.accepted), 3),
        }
        return asdict(self) | {
            "later": later,
            "adds_up": self.adds_up,
            "seconds_left": self.seconds_left,
            "history": [event.to_json() for event in self.history],
        }
