"""The doctor's looks at a newsletter's sender: what DNS says of it, and whether that fits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from newsletter.domain.alabels import ascii_domain
from newsletter.domain.errors import Misconfigured
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.domain.operations.diagnoses import Diagnosis, Health, good, unknown
from newsletter.domain.operations.own_health import blocklist_diagnoses
from newsletter.domain.operations.sender_records import (
    DkimSeen,
    MxSeen,
    NameSeen,
    alignment_diagnosis,
    dkim_diagnosis,
    dmarc_diagnosis,
    hello_diagnosis,
    mx_diagnosis,
    name_diagnosis,
    organisational_domain,
    spf_diagnosis,
)
from newsletter.domain.readers.addresses import domain_of
from newsletter.mail.dkim.records import Answer, Found, compare
from newsletter.mail.smtp.relay import relay_from
from newsletter.net.blocklists import ADDRESS_LISTS, DOMAIN_LISTS, ask_blocklists
from newsletter.net.dns import Dns, NoAnswer
from newsletter.net.sender_policies import look_up_dmarc, look_up_spf, psd_tag
from newsletter.usecases.context import Context
from newsletter.usecases.operations.manage_dkim import signing_records

_NO_SENDER = "The newsletter has no sender address."


def sender_looks(
    context: Context, profile: NewsletterProfile, dns: Dns
) -> list[Callable[[], Iterable[Diagnosis]]]:
    if not profile.sender_address:
        return [lambda: [unknown("sender", profile.slug, _NO_SENDER, "Fill it in (Settings).")]]
    domain = ascii_domain(domain_of(profile.sender_address))
    bounces = ascii_domain(context.settings.bounce_domain or domain)
    return [
        partial(_spf, context, dns, bounces),
        partial(_dkim, context, dns, domain),
        partial(_dmarc, context, dns, domain, bounces),
        partial(_mx, dns, bounces),
        partial(_names, context, dns, domain),
        partial(_bimi, dns, domain),
    ]


def blocklist_looks(
    context: Context, profile: NewsletterProfile, dns: Dns
) -> list[Callable[[], Iterable[Diagnosis]]]:
    domain = ascii_domain(domain_of(profile.sender_address)) if profile.sender_address else ""
    asked: list[tuple[str, tuple[str, ...]]] = [
        (address, ADDRESS_LISTS) for address in context.settings.sending_addresses
    ]
    asked += [(domain, DOMAIN_LISTS)] if domain else []
    return [partial(_blocklists, dns, about, lists) for about, lists in asked]


def _spf(context: Context, dns: Dns, domain: str) -> Iterator[Diagnosis]:
    yield spf_diagnosis(look_up_spf(dns, domain), context.settings.sending_addresses)


def _dkim(context: Context, dns: Dns, domain: str) -> Iterator[Diagnosis]:
    try:
        records = signing_records(context.settings, domain)
    except Misconfigured as error:
        yield Diagnosis(Health.ERROR, "dkim", domain, error.message, mend=error.advice)
        return
    if not records:
        yield Diagnosis(
            Health.WARNING,
            "dkim",
            domain,
            "No key signs our mail here.",
            "Gmail, Yahoo and Outlook.com refuse bulk mail without a signature.",
            "newsletter dkim make, unless your relay signs for this domain.",
        )
    for record in records:
        try:
            found = compare(record, dns.texts(record.name))
        except NoAnswer as error:
            found = Found(Answer.UNKNOWN, str(error))
        yield dkim_diagnosis(
            DkimSeen(record.name, found.answer.value, record.zone_line, found.detail)
        )


def _dmarc(context: Context, dns: Dns, domain: str, bounces: str) -> Iterator[Diagnosis]:
    seen = look_up_dmarc(dns, domain)
    yield dmarc_diagnosis(seen)
    if seen.unasked:
        return
    try:
        signs = bool(signing_records(context.settings, domain))
    except Misconfigured:
        signs = False
    signing = [ascii_domain(context.settings.dkim_domain or domain)] if signs else []
    organisation = partial(organisational_domain, psd_of=partial(psd_tag, dns))
    yield alignment_diagnosis(seen, signing, bounces, organisation)


def _mx(dns: Dns, domain: str) -> Iterator[Diagnosis]:
    try:
        hosts = dns.mail_hosts(domain)
        if not hosts and dns.addresses(domain):
            hosts = [domain]  # mail goes to the domain's own address then [RFC 5321 5.1]
        seen = MxSeen(domain, tuple((host, tuple(_addresses(dns, host))) for host in hosts))
    except NoAnswer as error:
        seen = MxSeen(domain, unasked=str(error))
    yield mx_diagnosis(seen)


def _addresses(dns: Dns, host: str) -> list[str]:
    return [] if host in ("", ".") else dns.addresses(host)


def _names(context: Context, dns: Dns, domain: str) -> Iterator[Diagnosis]:
    seen = [_name(dns, address) for address in context.settings.sending_addresses]
    yield from (name_diagnosis(one) for one in seen)
    try:
        hello = relay_from(context.settings).ehlo_name if context.settings.smtp_url else ""
    except Misconfigured:
        return
    hello = domain if hello == "localhost" else hello
    if hello:
        try:
            addresses = [] if hello.startswith("[") else dns.addresses(hello)
        except NoAnswer as error:
            yield unknown("ehlo", hello, f"DNS gave no answer: {error}.")
        else:
            yield hello_diagnosis(hello, seen, addresses)


def _name(dns: Dns, address: str) -> NameSeen:
    try:
        names = tuple((name, tuple(dns.addresses(name))) for name in dns.names(address))
    except NoAnswer as error:
        return NameSeen(address, unasked=str(error))
    return NameSeen(address, names)


def _bimi(dns: Dns, domain: str) -> Iterator[Diagnosis]:
    try:
        found = [one for one in dns.texts(f"default._bimi.{domain}") if "v=bimi1" in one.lower()]
    except NoAnswer:
        return
    if found:
        yield good("bimi", domain, "A logo is published (BIMI).")
        return
    yield Diagnosis(
        Health.HINT,
        "bimi",
        domain,
        "No logo is published (BIMI).",
        "Gmail, Yahoo and Apple Mail show one beside mail of domains whose DMARC policy is "
        "quarantine or reject. Gmail and Apple ask for a certificate for it.",
        f'default._bimi.{domain}. IN TXT "v=BIMI1; l=https://{domain}/logo.svg"',
    )


def _blocklists(dns: Dns, about: str, lists: tuple[str, ...]) -> Iterator[Diagnosis]:
    yield from blocklist_diagnoses(about, *ask_blocklists(dns, about, lists))
