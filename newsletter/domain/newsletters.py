"""A newsletter as readers and mail know it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from newsletter.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class NewsletterProfile:
    """`slug` is its name in addresses; `language` a BCP 47 tag; `time_zone` an IANA name."""

    id: int
    slug: str
    name: str
    description: str
    sender_name: str
    sender_address: str
    reply_to: str
    postal_address: str
    time_zone: str
    language: str
    list_label: str
    undo_minutes: int = 0
    canary_percent: int = 0
    canary_threshold_percent: int = 5
    theme: dict[str, Any] = field(default_factory=dict)


def require_sendable(profile: NewsletterProfile) -> None:
    """An issue needs a sender to come from and a postal address to show [CAN-SPAM]."""
    missing = [
        name
        for name, value in (
            ("a sender address", profile.sender_address),
            ("a postal address", profile.postal_address.strip()),
        )
        if not value
    ]
    if missing:
        raise InvalidInput(
            f"{profile.name} has no {' and no '.join(m.removeprefix('a ') for m in missing)} yet.",
            advice="Fill it in on the newsletter's settings page before you send an issue.",
            field="postal_address" if not profile.postal_address.strip() else "sender_address",
        )
