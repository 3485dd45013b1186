"""The services that lists come from, known by the headings of their exports."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from newsletter.domain.listed_as import ListedAs


@dataclass(frozen=True, slots=True)
class Service:
    """`headings` are those that tell its files, as heading_words has them.

    `listed_as` is what all rows of the file are where no column says more; `meanings` are words
    that it uses in a way of its own. `kept` are columns of states that say more than a state.
    """

    name: str
    headings: frozenset[str]
    listed_as: ListedAs | None = None
    meanings: Mapping[str, ListedAs] = field(default_factory=dict)
    tags_have_semicolons: bool = False
    kept: frozenset[str] = frozenset()


def _headings(text: str) -> frozenset[str]:
    return frozenset(heading.strip() for heading in text.split(","))


SERVICES = (
    Service(
        "our own export", _headings("address, attributes, tags, state"), tags_have_semicolons=True
    ),
    Service(
        "Mailchimp, unsubscribed", _headings("email address, unsub time"), ListedAs.UNSUBSCRIBED
    ),
    Service("Mailchimp, cleaned", _headings("email address, clean time"), ListedAs.BOUNCED),
    Service("Mailchimp, subscribed", _headings("email address, leid, euid")),
    Service("Substack", _headings("email, active subscription, email disabled")),
    Service("Ghost", _headings("email, subscribed to emails")),
    Service(
        "Buttondown",
        _headings("email, subscriber type"),
        # On hold is what they pay for. They are subscribed all the same.
        meanings={"paused": ListedAs.ACTIVE},
        tags_have_semicolons=True,
        kept=_headings("subscriber type"),
    ),
    Service("listmonk", _headings("uuid, email, name, status")),
    Service("Curated", _headings("email address, subscribed at")),
    Service("Keila", _headings("email, data, status, external id")),
)


def service_of(headings: Collection[str]) -> Service | None:
    """`headings` as heading_words has them."""
    known = set(headings)
    return next((service for service in SERVICES if service.headings <= known), None)
