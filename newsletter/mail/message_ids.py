"""Message-IDs: the same at every attempt, so that a receiver can drop a second copy.

The time in them keeps them apart from those of another database that sent for the same domain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from newsletter.domain.alabels import ascii_domain

_OURS = re.compile(r"<?(?:d([0-9]{1,19})\.([0-9]{1,19})|o([0-9]{1,19}))\.([0-9]{20})@[^@<>\s]+>?")


@dataclass(frozen=True, slots=True)
class OwnMessageId:
    """What a Message-ID of ours says. Anyone who has a copy can make up others: look it up."""

    made_at: datetime
    edition_id: int = 0
    subscriber_id: int = 0
    outbox_id: int = 0


def read_message_id(text: str) -> OwnMessageId | None:
    """None for one that was not made here."""
    found = _OURS.fullmatch(text.strip())
    if not found:
        return None
    edition, subscriber, outbox, stamp = found.groups()
    try:
        made_at = datetime.strptime(stamp, "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)
    except ValueError:
        return None
    return OwnMessageId(made_at, int(edition or 0), int(subscriber or 0), int(outbox or 0))


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
