"""The services that lists come from, known by the headings of their exports."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from newsletter.domain.readers.listed_as import ListedAs


@dataclass(frozen=True, slots=True)
class Service:
    """`headings` are those that tell its files, as heading_words has them.

    `listed_as` is what all rows of the file are where no column says more; `meanings` are words
    that it uses in a way of its own. `kept` are columns of states that say more than a state.
    `is_exact`: its files have no other headings.
    """

    name: str
    headings: frozenset[str]
    listed_as: ListedAs | None = None
    meanings: Mapping[str, ListedAs] = field(default_factory=dict)
    tags_have_semicolons: bool = False
    kept: frozenset[str] = frozenset()
    is_exact: bool = False


def _headings(text: str) -> frozenset[str]:
    return frozenset(heading.strip() for heading in text.split(","))


_BOUNCED, _BLOCKED = ListedAs.BOUNCED, ListedAs.BLOCKLISTED
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
    Service(
        "Amazon SES, suppressed", _headings("email address, reason, last update time"), _BOUNCED
    ),
    Service(
        "Postmark, suppressed", _headings("email address, suppression reason, origin"), _BLOCKED
    ),
    Service(
        "SendGrid, bounces", _headings("status, reason, email, created"), _BOUNCED, is_exact=True
    ),
    Service("SendGrid, invalid", _headings("reason, email, created"), _BOUNCED, is_exact=True),
    Service(
        "SendGrid, spam reports",
        _headings("ip, email, created"),
        ListedAs.COMPLAINED,
        is_exact=True,
    ),
    Service("Mailgun, bounces", _headings("address, code, error, created at"), _BOUNCED),
)


def service_of(headings: Collection[str]) -> Service | None:
    """`headings` as heading_words has them."""
    known = set(headings)
    return next((service for service in SERVICES if _fits(service, known)), None)


def _fits(service: Service, known: set[str]) -> bool:
    return service.headings == known if service.is_exact else service.headings <= known
