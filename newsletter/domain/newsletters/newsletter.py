"""A newsletter as readers and mail know it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from newsletter.domain.clicks.counted_links import ClickCounting
from newsletter.domain.errors import Conflict, InvalidInput
from newsletter.domain.readers.reader_sections import SectionsAsked

FIRST_UNDO_MINUTES = 1
"""Of a new newsletter: long enough to notice a mistake, as the seconds that mail programs give."""


class CannotMail(Conflict):
    """The newsletter can't mail its readers yet, so it takes no signup. In words for readers."""


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
    soft_bounce_issues: int = 3
    soft_bounce_days: int = 14
    clicks: ClickCounting = ClickCounting.SUM
    link_parameters: str = ""
    theme: dict[str, Any] = field(default_factory=dict)
    sponsor_labels: dict[str, str] = field(default_factory=dict)
    """By language, its own words above sponsors."""
    base_url: str = ""
    """Completes the relative links of its digests."""
    layout: str = ""
    """The Layout of sections that have none."""
    reader_sections: str = ""
    """Those that readers choose from, one a line."""
    sections_asked: SectionsAsked = SectionsAsked.PREFERENCES

    @property
    def sections(self) -> tuple[str, ...]:
        return tuple(self.reader_sections.splitlines())

    @property
    def asks_sections_at_signup(self) -> bool:
        return bool(self.sections) and self.sections_asked is SectionsAsked.SIGNUP

    @property
    def has_sender(self) -> bool:
        """Whether it can mail anyone: a confirmation, a test. An issue needs more."""
        return bool(self.sender_address)


def require_open(profile: NewsletterProfile) -> None:
    """What a reader asks for here is answered by mail. Raises CannotMail."""
    if not profile.has_sender:
        raise CannotMail(
            f"{profile.name} can't send email yet.",
            advice="Please come back later.",
        )


def require_sender(profile: NewsletterProfile) -> None:
    if not profile.has_sender:
        raise InvalidInput(
            f"{profile.name} has no sender address yet.",
            advice="Fill it in on the newsletter's settings page.",
            field="sender_address",
        )


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
