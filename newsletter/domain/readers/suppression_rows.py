"""A row of a list of suppressed addresses, as we write it and as others do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newsletter.domain.readers.consent import SuppressionReason

EXPORT_COLUMNS = (
    "address",
    "address_hash",
    "hash_key",
    "newsletter",
    "reason",
    "source",
    "detail",
    "suppressed_at",
)
"""`address_hash` stands where the address is not known any more. `hash_key` is a fingerprint of the
key that it was made with.
"""


@dataclass(frozen=True, slots=True)
class SuppressionRow:
    """`address` or `address_hash` is given. `newsletter` is a slug, "" where none is named."""

    line: int
    address: str
    address_hash: str = ""
    hash_key: str = ""
    newsletter: str = ""
    reason: SuppressionReason = SuppressionReason.EDITOR
    detail: str = ""
    at: datetime | None = None
