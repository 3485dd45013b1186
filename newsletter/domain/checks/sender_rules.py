"""Whether receivers will believe the sender: the signing domain against the one in From."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from newsletter.domain.checks.preflight import Finding, Place, error, shortened, warning
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.operations.diagnoses import Diagnosis, Health
from newsletter.domain.readers.addresses import domain_of

SENDER = Place("Sender", "newsletter.sender_address")
ONE_CLICK = Place("Web address (PUBLIC_URL)")
SIGNING = Place("Signature (DKIM)")


@dataclass(frozen=True, slots=True)
class Ailments:
    """What the doctor found wrong with the sender when it last looked."""

    at: datetime
    diagnoses: tuple[Diagnosis, ...]


_SECOND_LEVEL = frozenset("ac co com edu go gob gov ltd me mil ne net nom or org sch".split())


def sender_findings(
    profile: NewsletterProfile, *, is_signed: bool, dkim_domain: str, is_sandboxed: bool
) -> Iterator[Finding]:
    """`dkim_domain` is "" where each mail is signed by the domain of its own sender."""
    if not profile.sender_address:
        yield error(
            "sender",
            SENDER,
            "The sender has no address.",
            "Fill it in on the newsletter's settings page.",
        )
        return
    domain = domain_of(profile.sender_address)
    if not is_signed:
        if not is_sandboxed:
            yield warning(
                "sender-unsigned",
                SIGNING,
                "Email is not signed here (DKIM). Gmail and Yahoo reject unsigned lists.",
                "Run `newsletter dkim make` on the server and publish the records that it prints, "
                f"or make sure that your relay signs for {domain}.",
            )
    elif dkim_domain and not is_aligned(domain, dkim_domain):
        yield error(
            "sender-alignment",
            SENDER,
            f"The address is at {domain}, but {dkim_domain} signs the mail. DMARC fails.",
            f"Use an address at {dkim_domain}. Or unset DKIM_DOMAIN, and run "
            f"`newsletter dkim show --domain {domain}` for the records to publish.",
        )


def ailment_findings(ailments: Ailments | None) -> Iterator[Finding]:
    """Warnings: DNS may have been mended since."""
    if ailments is None:
        return
    for diagnosis in ailments.diagnoses:
        if diagnosis.health is Health.ERROR:
            yield warning(
                f"doctor-{diagnosis.check}",
                SENDER,
                f"The doctor found on {ailments.at:%-d %B}: {diagnosis.about}: {diagnosis.found}",
                "See the Doctor page for what mends it, and let it look again.",
            )


def one_click_findings(public_url: str, *, is_sandboxed: bool) -> Iterator[Finding]:
    """Leaving with one click goes by https alone [RFC 8058 3.1]."""
    if is_sandboxed or public_url.lower().startswith("https://"):
        return
    yield warning(
        "one-click",
        ONE_CLICK,
        f"It is {shortened(public_url, 60) or 'not set'}. One-click unsubscribe needs https, and "
        "Gmail and Yahoo reject lists without it.",
        "Serve the site over https and set PUBLIC_URL to that address.",
    )


def is_aligned(one: str, other: str) -> bool:
    """Relaxed [RFC 7489 3.1.1]: the same organisation. Without the public suffix list, two labels
    make one, three below suffixes like co.uk.
    """
    return organisation(one) == organisation(other)


def organisation(domain: str) -> str:
    labels = domain.lower().rstrip(".").split(".")
    is_country = len(labels[-1]) == 2
    takes = 3 if len(labels) > 2 and is_country and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-takes:])
