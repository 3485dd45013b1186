"""Refusals that come back alike: a relay that refuses everybody in the same words means us.

Counted for each relay, between two acceptances. Pure: delivery/refusal_runs.py keeps the counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from newsletter.domain.delivery.outcomes import Rejected
from newsletter.domain.delivery.smtp_replies import Cause, Reply

Key = TypeVar("Key")

ALIKE_TO_PAUSE = 5
ALIKE_DOMAINS = 3
"""This many like refusals, of readers in this many domains, pause relay and issue."""
MANY_ALIKE = 20
"""So many do where fewer prove nothing: unknown addresses, or readers of one domain."""

_NOT_SPELLED = "5.6.7"
"""This relay can't spell the address of this reader."""
_QUOTED = re.compile(
    r"<[^<>\s]{1,320}>|\S{1,64}@\S{1,255}"  # addresses
    r"|\b[\w-]{1,63}(\.[\w-]{1,63}){1,9}\b"  # hosts, IP addresses
    r"|\b(?=\w{0,80}\d)\w{1,80}\b",  # numbers, ids
)


def likeness(reply: Reply) -> str:
    """The reply without what differs between readers: addresses, hosts, numbers, ids."""
    words = _QUOTED.sub("#", reply.text.lower())
    return f"{reply.code} {reply.enhanced} {' '.join(words.split())}"


def may_mean_us(outcome: Rejected) -> bool:
    return (
        outcome.verdict.cause in {Cause.READER, Cause.DOMAIN}
        and outcome.reply.enhanced != _NOT_SPELLED
    )


@dataclass(slots=True)
class Run(Generic[Key]):
    """Refusals alike, with nothing accepted in between. `keys` name the first copies."""

    keys: list[Key] = field(default_factory=list)
    domains: set[str] = field(default_factory=set)
    count: int = 0

    def add(self, key: Key, domain: str) -> None:
        self.count += 1
        if self.count <= MANY_ALIKE:
            self.keys.append(key)
            self.domains.add(domain)

    @property
    def may_mean_us(self) -> bool:
        """Enough to doubt that these addresses are dead. Nobody is suppressed on such a word."""
        return self.count >= ALIKE_TO_PAUSE

    def means_us(self, outcome: Rejected) -> bool:
        """After `outcome`, one of the run."""
        if len(self.domains) >= ALIKE_DOMAINS:
            return self.count >= (MANY_ALIKE if outcome.verdict.suppresses else ALIKE_TO_PAUSE)
        # A domain that blocks us is paused alone.
        return self.count >= MANY_ALIKE and not outcome.verdict.is_block
