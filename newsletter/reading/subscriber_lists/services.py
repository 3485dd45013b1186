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
    `is_exact`: its files have no other headings. `technical` are columns for its own use, such as
    its ids: they are not imported unless someone chooses so.
    """

    name: str
    headings: frozenset[str]
    listed_as: ListedAs | None = None
    meanings: Mapping[str, ListedAs] = field(default_factory=dict)
    tags_have_semicolons: bool = False
    kept: frozenset[str] = frozenset()
    is_exact: bool = False
    technical: frozenset[str] = frozenset()


def _headings(text: str) -> frozenset[str]:
    return frozenset(" ".join(heading.split()) for heading in text.split(","))


_BOUNCED, _BLOCKED = ListedAs.BOUNCED, ListedAs.BLOCKLISTED
_OF_MAILCHIMP = _headings(
    """member rating, latitude, longitude, gmtoff, dstoff, timezone, cc, region, last changed,
    leid, euid, unsub campaign id, clean campaign id"""
)
SERVICES = (
    Service(
        "our own export", _headings("address, attributes, tags, state"), tags_have_semicolons=True
    ),
    Service(
        "Mailchimp, unsubscribed",
        _headings("email address, unsub time"),
        ListedAs.UNSUBSCRIBED,
        technical=_OF_MAILCHIMP,
    ),
    Service(
        "Mailchimp, cleaned",
        _headings("email address, clean time"),
        ListedAs.BOUNCED,
        technical=_OF_MAILCHIMP,
    ),
    Service(
        "Mailchimp, subscribed",
        _headings("email address, leid, euid"),
        technical=_OF_MAILCHIMP,
    ),
    Service("Substack", _headings("email, active subscription, email disabled")),
    Service(
        "Ghost",
        _headings("email, subscribed to emails"),
        technical=_headings("id, stripe customer id, gift id"),
    ),
    Service(
        "Buttondown",
        _headings("email, subscriber type"),
        # On hold is what they pay for. They are subscribed all the same.
        meanings={"paused": ListedAs.ACTIVE},
        tags_have_semicolons=True,
        kept=_headings("subscriber type"),
        technical=_headings("id, secondary id"),
    ),
    Service(
        "listmonk",
        _headings("uuid, email, name, status"),
        technical=_headings("uuid, updated at"),
    ),
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
