"""Dead addresses that come back in masses: rather a broken server than so many dead ones. Pure.

The same doubt as domain/delivery/refusals.py has while we send.
"""

from __future__ import annotations

import re
from enum import StrEnum

from newsletter.domain.delivery.pacing import BLOCKS_TO_PAUSE
from newsletter.domain.delivery.refusals import MANY_ALIKE
from newsletter.domain.sentences import without_stop

MANY_DEAD = MANY_ALIKE
"""Copies of one issue."""
MOST_PERCENT = 5
"""Of the copies that were taken, for a recipient domain or in all. Lists in use have 1 or 2 %."""
FEW_DEAD = 5
"""Enough where they are half of the copies: a small list is lost before there are many."""
_ADDRESS = re.compile(r"<?[^\s<>@]{1,64}@[^\s<>]{1,255}>?")


class Decision(StrEnum):
    OPEN = ""
    BELIEVED = "believed"
    """They are dead: suppressed, and so are those that come."""
    DISMISSED = "dismissed"


def is_doubtful(dead: int, taken: int) -> bool:
    is_share = dead >= MANY_DEAD and dead * 100 >= taken * MOST_PERCENT
    return is_share or (dead >= FEW_DEAD and dead * 2 >= taken)


def is_time_to_count(dead: int) -> bool:
    """Counting what was taken takes long, so not with every report."""
    return dead >= FEW_DEAD and (dead < MANY_DEAD or dead % BLOCKS_TO_PAUSE == 0)


def without_addresses(words: str) -> str:
    """They are shown when the person named may have been erased long ago."""
    return _ADDRESS.sub("…", words)


def doubt_sentence(dead: int, taken: int, domain: str, words: str) -> str:
    where = f" of {domain}" if domain else ""
    return (
        f"{dead:,} of {taken:,} copies{where} came back as dead addresses, the last one with: "
        f"{without_stop(words)}. A server may be broken, so nobody is suppressed until you decide."
    )
