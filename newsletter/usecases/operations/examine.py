"""The doctor: whether mail of this installation can be sent, is believed, and can come back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain

from newsletter import telemetry
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.operations.diagnoses import Diagnosis, in_order
from newsletter.domain.staff.permissions import require, require_scope
from newsletter.domain.staff.principals import Principal
from newsletter.net.dns import Dns
from newsletter.net.sender_policies import forget_answers
from newsletter.store.examinations import keep_examination
from newsletter.store.newsletters import all_newsletters, newsletter_by_slug, profile_of
from newsletter.usecases.context import Context
from newsletter.usecases.operations.examine_installation import installation_looks
from newsletter.usecases.operations.examine_sender import blocklist_looks, sender_looks
from newsletter.usecases.operations.last_examinations import INSTALLATION, Examination, known_errors
from newsletter.usecases.operations.round_trip import round_trip

_AT_ONCE = 8

Look = Callable[[], Iterable[Diagnosis]]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is looked at on request alone. `dns_server` "": the one of the settings."""

    blocklists: bool = False
    round_trip: bool = False
    dns_server: str = ""


def examine(
    context: Context, principal: Principal, slug: str = "", wishes: Wishes | None = None
) -> list[Examination]:
    """Looks at the installation, and at all newsletters or the one of `slug`. Takes seconds.

    Raises NotFound, and InvalidInput for a `dns_server` that is no address.
    """
    wishes = wishes or Wishes()
    profiles = _profiles(context, principal, slug)
    dns = Dns(wishes.dns_server or context.settings.dns_server)
    forget_answers()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        looks = {"": installation_looks(context)}
        for profile in profiles:
            looks[profile.slug] = sender_looks(context, profile, dns)
            if wishes.blocklists:
                looks[profile.slug] += blocklist_looks(context, profile, dns)
            if wishes.round_trip and profile.sender_address:
                looks[profile.slug].append(partial(_round_trip, context, profile.sender_address))
        found = {about: list(pool.map(_looked, some)) for about, some in looks.items()}
    made = [
        Examination("", INSTALLATION, context.now(), in_order(chain(*found[""]))),
        *(
            Examination(
                profile.slug, profile.name, context.now(), in_order(chain(*found[profile.slug]))
            )
            for profile in profiles
        ),
    ]
    keep_examinations(context, made)
    return made


def _round_trip(context: Context, sender: str) -> list[Diagnosis]:
    return [round_trip(context, sender)]


def _looked(look: Look) -> list[Diagnosis]:
    return list(look())


def _profiles(context: Context, principal: Principal, slug: str) -> list[NewsletterProfile]:
    require_scope(principal, "examine")
    if not slug:
        require(principal, "examine")
    with context.database.read() as session:
        rows = [newsletter_by_slug(session, slug)] if slug else all_newsletters(session)
        for row in rows:
            require(principal, "examine", row.id)
        return [profile_of(row) for row in rows]


def keep_examinations(context: Context, made: Iterable[Examination]) -> None:
    with context.database.write() as session:
        for one in made:
            before = known_errors(session, one.slug)
            rows = [diagnosis.to_json() for diagnosis in one.diagnoses]
            keep_examination(session, one.slug, one.at, rows)
            _tell_change(one, before)


def _tell_change(made: Examination, before: frozenset[tuple[str, str]]) -> None:
    """In the log, by the names of the checks. The home page shows what is wrong."""
    if made.errors != before:
        with telemetry.wide_event("the doctor found a change") as event:
            event.add(
                newsletter=made.slug,
                new=sorted({check for check, _ in made.errors - before}),
                mended=sorted({check for check, _ in before - made.errors}),
            )
