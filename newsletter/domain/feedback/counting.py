"""How often a mass of reports is counted: no report must take longer for it. Pure."""

from __future__ import annotations

COUNTED_EXACTLY = 200
"""Up to this many, each report counts those before it."""
_LOOKS = 2_000


def is_looked_at(subscriber_id: int, copies: int) -> bool:
    """Whether the report about this subscriber counts a larger mass. About 2,000 of an issue
    do, however many copies it has: a count takes time with them.
    """
    return subscriber_id % max(10, copies // _LOOKS) == 0
