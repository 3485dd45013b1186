"""The doctor: whether mail of this installation can be sent, is believed, and can come back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from newsletter.domain.diagnoses import Diagnosis, in_order, is_sick
from newsletter.domain.newsletters import NewsletterProfile
from newsletter.domain.permissions import require, require_scope
from newsletter.domain.principals import Principal
from newsletter.net.dns import Dns
from newsletter.store.examinations import keep_examination, last_examination
from newsletter.store.newsletters import all_newsletters, newsletter_by_slug, profile_of
from newsletter.usecases.context import Context
from newsletter.usecases.operations.examine_installation import installation_looks
from newsletter.usecases.operations.examine_sender import blocklist_looks, sender_looks

_AT_ONCE = 8

Look = Callable[[], Iterable[Diagnosis]]


@dataclass(frozen=True, slots=True)
class Examination:
    """Of one newsletter's sender; of the installation if `slug` is ""."""

    slug: str
    name: str
    at: datetime
    diagnoses: tuple[Diagnosis, ...]

    @property
    def is_sick(self) -> bool:
        return is_sick(self.diagnoses)

    def to_json(self) -> dict[str, Any]:
        return {
            "newsletter": self.slug or None,
            "at": self.at.isoformat(),
            "healthy": not self.is_sick,
            "diagnoses": [diagnosis.to_json() for diagnosis in self.diagnoses],
        }


def examine(
    context: Context,
    principal: Principal,
    slug: str = "",
    *,
    asks_blocklists: bool = False,
    dns_server: str = "",
) -> list[Examination]:
    """Looks at the installation, and at all newsletters or the one of `slug`. Takes seconds.

    Raises NotFound, and InvalidInput for a `dns_server` that is no address.
    """
    profiles = _profiles(context, principal, slug)
    dns = Dns(dns_server or context.settings.dns_server)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        looks = {"": installation_looks(context, dns)}
        for profile in profiles:
            looks[profile.slug] = sender_looks(context, profile, dns)
            if asks_blocklists:
                looks[profile.slug] += blocklist_looks(context, profile, dns)
        asked = {about: [pool.submit(look) for look in some] for about, some in looks.items()}
        found = {about: [one for look in some for one in look.result()] for about, some in asked.items()}
    made = [
        Examination("", "This installation", context.now(), in_order(found[""])),
        *(
            Examination(profile.slug, profile.name, context.now(), in_order(found[profile.slug]))
            for profile in profiles
        ),
    ]
    _keep(context, made)
    return made


def last_examinations(context: Context, principal: Principal) -> list[Examination]:
    """As far as there are any; the installation's first."""
    require_scope(principal, "last_examinations")
    with context.database.read() as session:
        named = [("", "This installation")]
        named += [(one.slug, one.name) for one in all_newsletters(session)]
        kept = [(slug, name, last_examination(session, slug)) for slug, name in named]
    return [
        Examination(slug, name, row.at, _read(row.diagnoses))
        for slug, name, row in kept
        if row is not None
    ]


def _profiles(context: Context, principal: Principal, slug: str) -> list[NewsletterProfile]:
    require_scope(principal, "examine")
    with context.database.read() as session:
        rows = [newsletter_by_slug(session, slug)] if slug else all_newsletters(session)
        for row in rows:
            require(principal, "examine", row.id)
        return [profile_of(row) for row in rows]


def _keep(context: Context, made: Iterable[Examination]) -> None:
    with context.database.write() as session:
        for one in made:
            rows = [diagnosis.to_json() for diagnosis in one.diagnoses]
            keep_examination(session, one.slug, one.at, rows)


def _read(rows: Iterable[dict[str, Any]]) -> tuple[Diagnosis, ...]:
    return tuple(Diagnosis.from_json(row) for row in rows)
