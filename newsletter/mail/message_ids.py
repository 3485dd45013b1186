"""Message-IDs: the same at every attempt, so that a receiver can drop a second copy.

The time in them keeps them apart from those of another database that sent for the same domain.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from newsletter.domain.alabels import ascii_domain


def delivery_message_id(
    edition_id: int, subscriber_id: int, frozen_at: datetime, domain: str
) -> str:
    """With angle brackets."""
    return f"<d{edition_id}.{subscriber_id}.{_stamp(frozen_at)}@{ascii_domain(domain)}>"


def outbox_message_id(outbox_id: int, created_at: datetime, domain: str) -> str:
    """With angle brackets."""
    return f"<o{outbox_id}.{_stamp(created_at)}@{ascii_domain(domain)}>"


@lru_cache(maxsize=64)
def _stamp(moment: datetime) -> str:
    """In UTC to the microsecond, the precision of both databases."""
    return f"{moment.astimezone(UTC):%Y%m%d%H%M%S%f}"
