"""What the DNS records of a sender mean for its mail: SPF, DKIM, DMARC, MX, names of addresses.

Values in, diagnoses out. What receivers ask of bulk senders: Google's and Yahoo's sender guidelines
of February 2024, Microsoft's of May 2025.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from newsletter.domain.operations.diagnoses import Diagnosis, Health, good, unknown

MOST_LOOKUPS = 10
"""Of names while SPF is evaluated [RFC 7208 4.6.4]."""
MOST_VOID_LOOKUPS = 2
_NEARLY = 8
_BULK = "Gmail, Yahoo and Outlook.com refuse bulk mail without it"
_WALK_LABELS = 8
"""A tree walk asks for at most this many names [RFC 9989 4.10]."""


@dataclass(frozen=True, slots=True)
class SpfSeen:
    """`passes` are the networks whose mail passes; `all` is what becomes of all other mail.

    `record` is "" where there is none; `trouble` is why it can't be evaluated; `unasked` is why DNS
    gave no answer.
    """

    domain: str
    record: str = ""
    passes: tuple[str, ...] = ()
    all: str = "neutral"
    lookups: int = 0
    void_lookups: int = 0
    trouble: str = ""
    unasked: str = ""


@dataclass(frozen=True, slots=True)
class DmarcSeen:
    """`location` is the domain whose record applies, after the tree walk [RFC 9989 4.10]."""

    domain: str
    record: str = ""
    location: str = ""
    policy: str = ""
    has_reports: bool = False
    is_dkim_strict: bool = False
    is_spf_strict: bool = False
    trouble: str = ""
    unasked: str = ""


@dataclass(frozen=True, slots=True)
class DkimSeen:
    """`state` is the word of mail/dkim: published, missing, different, unknown."""

    name: str
    state: str
    zone_line: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class MxSeen:
    """`hosts` with their addresses; () where the domain names none."""

    domain: str
    hosts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unasked: str = ""


@dataclass(frozen=True, slots=True)
class NameSeen:
    """The names of an address that sends, and for each the addresses it leads back to."""

    address: str
    names: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unasked: str = ""


def spf_diagnosis(seen: SpfSeen, addresses: Sequence[str]) -> Diagnosis:
    """Of the envelope sender's domain. `addresses`: those that our mail leaves from, if known."""
    check, about = "spf", seen.domain
    if seen.unasked:
        return unknown(check, about, f"DNS gave no answer: {seen.unasked}.")
    if not seen.record:
        return Diagnosis(
            Health.ERROR, check, about, "There is no SPF record.", f"{_BULK}.",
            f'{about}. IN TXT "v=spf1 {_mechanisms(addresses)} ~all"',
        )  # fmt: skip
    return _unusable_spf(seen) or _spf_of_addresses(seen, addresses)


def _unusable_spf(seen: SpfSeen) -> Diagnosis | None:
    check, about = "spf", seen.domain
    if seen.lookups > MOST_LOOKUPS:
        return Diagnosis(
            Health.ERROR, check, about,
            f"The SPF record needs {seen.lookups} DNS lookups; only {MOST_LOOKUPS} are allowed.",
            "Receivers stop there with a permanent error [RFC 7208 4.6.4].",
            "Remove `include:` terms of services that no longer send for you.",
        )  # fmt: skip
    if seen.void_lookups > MOST_VOID_LOOKUPS:
        return Diagnosis(
            Health.ERROR, check, about,
            f"{seen.void_lookups} names in the SPF record do not exist.",
            f"Receivers allow {MOST_VOID_LOOKUPS}, then stop with a permanent error.",
            f"Remove the names that are gone from: {seen.record}",
        )  # fmt: skip
    if seen.trouble:
        return Diagnosis(
            Health.ERROR, check, about, f"The SPF record can't be used: {seen.trouble}",
            "Receivers treat it as a permanent error, as if there were none [RFC 7208 2.6.7].",
            f"Correct the record, which is now: {seen.record}",
        )  # fmt: skip
    if seen.all == "pass":
        return Diagnosis(
            Health.ERROR, check, about, "The SPF record ends in +all: anybody may send for you.",
            "Spammers will, and receivers then block the domain.", "Replace +all by ~all.",
        )  # fmt: skip
    return None


def _spf_of_addresses(seen: SpfSeen, addresses: Sequence[str]) -> Diagnosis:
    check, about = "spf", seen.domain
    left_out = [address for address in addresses if not _passes(address, seen.passes)]
    if left_out:
        return Diagnosis(
            Health.ERROR, check, about,
            f"The SPF record does not allow {', '.join(left_out)}, which our mail leaves from.",
            f"SPF fails for every copy. {_BULK}, unless DKIM passes.",
            f"Add {_mechanisms(left_out)} to: {seen.record}",
        )  # fmt: skip
    if seen.lookups >= _NEARLY:
        return Diagnosis(
            Health.WARNING, check, about,
            f"The SPF record needs {seen.lookups} of the {MOST_LOOKUPS} DNS lookups allowed.",
            "One service that adds a name to its own record breaks yours.",
            "Remove `include:` terms that you no longer need.",
        )  # fmt: skip
    if not addresses:
        return unknown(
            check, about,
            f"There is an SPF record: {seen.record}. Whether it allows your relay is not known.",
            "Set SENDING_ADDRESSES to the addresses that your mail leaves from.",
        )  # fmt: skip
    return good(check, about, f"SPF allows {', '.join(addresses)}.")


def dkim_diagnosis(seen: DkimSeen) -> Diagnosis:
    check, about = "dkim", seen.name
    match seen.state:
        case "published":
            return good(check, about, "The key that signs is published.")
        case "missing":
            return Diagnosis(
                Health.ERROR, check, about, "The key that signs our mail is not published.",
                f"Every signature fails. {_BULK}.", seen.zone_line,
            )  # fmt: skip
        case "different":
            return Diagnosis(
                Health.ERROR, check, about,
                f"DNS has another key than the one that signs: {seen.detail}",
                f"Every signature fails. {_BULK}.", seen.zone_line,
            )  # fmt: skip
        case _:
            return unknown(check, about, f"DNS gave no answer: {seen.detail}.")


def dmarc_diagnosis(seen: DmarcSeen) -> Diagnosis:
    check, about = "dmarc", seen.domain
    if seen.unasked:
        return unknown(check, about, f"DNS gave no answer: {seen.unasked}.")
    if not seen.record and not seen.trouble:
        return Diagnosis(
            Health.ERROR, check, about, "There is no DMARC record.", f"{_BULK}.",
            f'_dmarc.{about}. IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@{about}"',
        )  # fmt: skip
    if seen.trouble:
        return Diagnosis(
            Health.ERROR, check, about, f"The DMARC record can't be used: {seen.trouble}",
            "Receivers ignore it, as if there were none [RFC 9989 4.8].",
            f"Publish one record at _dmarc.{seen.location or about}. "
            "It begins with “v=DMARC1; p=none”.",
        )  # fmt: skip
    if not seen.has_reports:
        return Diagnosis(
            Health.HINT, check, about, f"DMARC is published, p={seen.policy}, without reports.",
            "Without reports you don't learn who else sends in your name.",
            f"Add “rua=mailto:postmaster@{about}” to _dmarc.{seen.location}.",
        )  # fmt: skip
    return good(check, about, f"DMARC is published at {seen.location}: p={seen.policy}.")


def alignment_diagnosis(
    dmarc: DmarcSeen, signing: Sequence[str], envelope: str, organisation: Callable[[str], str]
) -> Diagnosis:
    """Whether a domain that signs or bounces belongs to the one in From [RFC 9989 4.4]."""
    check, about = "alignment", dmarc.domain
    by_dkim = [
        one for one in signing if _is_aligned(one, about, organisation, dmarc.is_dkim_strict)
    ]
    by_spf = _is_aligned(envelope, about, organisation, dmarc.is_spf_strict)
    if by_dkim:
        also = "" if by_spf else f" SPF does not: bounces go to {envelope}."
        return good(check, about, f"The signature of {by_dkim[0]} stands for {about}.{also}")
    why = "DMARC passes only for domains that belong together, and receivers ask for a pass."
    if by_spf:
        return Diagnosis(
            Health.WARNING, check, about,
            "Only SPF stands for the sender's domain. No aligned signature does.",
            f"SPF breaks when mail is forwarded. {why}",
            f"newsletter dkim make; newsletter dkim show --domain {about}",
        )  # fmt: skip
    signs = f"{', '.join(signing)} signs" if signing else "nothing signs"
    return Diagnosis(
        Health.ERROR, check, about,
        f"Neither SPF ({envelope}) nor DKIM ({signs}) stands for {about}.", why,
        f"Unset DKIM_DOMAIN, or set it to {about}; "
        f"then publish what `newsletter dkim show --domain {about}` prints.",
    )  # fmt: skip


def mx_diagnosis(seen: MxSeen) -> Diagnosis:
    check, about = "mx", seen.domain
    why = "Bounces can't come back, so dead addresses stay on the list; some servers refuse mail."
    if seen.unasked:
        return unknown(check, about, f"DNS gave no answer: {seen.unasked}.")
    if [host for host, _ in seen.hosts] in (["."], [""]):
        return Diagnosis(
            Health.ERROR, check, about, "Its MX record says that it takes no mail [RFC 7505].", why,
            f"{about}. IN MX 10 mail.{about}.",
        )  # fmt: skip
    if not seen.hosts:
        return Diagnosis(
            Health.ERROR, check, about, "No MX record, and no address either.", why,
            f"{about}. IN MX 10 mail.{about}.",
        )  # fmt: skip
    dead = [host for host, addresses in seen.hosts if not addresses]
    if len(dead) == len(seen.hosts):
        return Diagnosis(
            Health.ERROR, check, about, f"Its mail server {', '.join(dead)} has no address.", why,
            f"Publish an A or AAAA record for {dead[0]}.",
        )  # fmt: skip
    return good(check, about, f"Mail comes back to {', '.join(host for host, _ in seen.hosts)}.")


def name_diagnosis(seen: NameSeen) -> Diagnosis:
    """Forward-confirmed reverse DNS: address to name, and back to the same address."""
    check, about = "ptr", seen.address
    why = "Gmail, Microsoft and most others refuse mail from addresses without such a name."
    if seen.unasked:
        return unknown(check, about, f"DNS gave no answer: {seen.unasked}.")
    if not seen.names:
        return Diagnosis(
            Health.ERROR, check, about, "The address that sends has no name (PTR record).", why,
            "Ask the provider of the address for a PTR record with your mail server's name.",
        )  # fmt: skip
    for name, addresses in seen.names:
        if any(ip_address(found) == ip_address(seen.address) for found in addresses):
            return good(check, about, f"Its name is {name}, which leads back to it.")
    name, addresses = seen.names[0]
    leads = ", ".join(addresses) or "no address"
    kind = "AAAA" if ":" in seen.address else "A"
    return Diagnosis(
        Health.ERROR, check, about, f"Its name is {name}, which leads to {leads}.", why,
        f"{name}. IN {kind} {seen.address}",
    )  # fmt: skip


def hello_diagnosis(name: str, names: Sequence[NameSeen], addresses: Sequence[str]) -> Diagnosis:
    """`addresses` are those that the name we say in EHLO leads to."""
    check, about = "ehlo", name or "EHLO"
    mend = "SMTP_EHLO_NAME=mail.example.org, with the name of the address that sends."
    if "." not in name.strip("[]") and not name.startswith("["):
        return Diagnosis(
            Health.WARNING, check, about, f"We call ourselves “{name}”, which is no full name.",
            "Servers that get mail from us directly may refuse it [RFC 5321 4.1.1.1].", mend,
        )  # fmt: skip
    if name.startswith("["):
        return good(check, about, "We call ourselves by our address.")
    if not addresses:
        return Diagnosis(
            Health.WARNING, check, about, "The name that we say in EHLO has no address in DNS.",
            "Servers that get mail from us directly may refuse it [RFC 5321 4.1.4].", mend,
        )  # fmt: skip
    sending = {seen.address for seen in names}
    if sending and not sending & set(addresses):
        return Diagnosis(
            Health.HINT, check, about, f"The name leads to {', '.join(addresses)}, not to the "
            f"address that sends ({', '.join(sorted(sending))}).",
            "It matters only if you send to receivers yourself, without a relay.", mend,
        )  # fmt: skip
    return good(check, about, f"The name leads to {', '.join(addresses)}.")


def organisational_domain(domain: str, psd_of: Callable[[str], str | None]) -> str:
    """By the tree walk of RFC 9989 4.10.2. `psd_of` gives a DMARC record's psd tag, "u" by default,
    and None where a name has no record.
    """
    labels = domain.lower().rstrip(".").split(".")
    starts = [0, *range(max(1, len(labels) - _WALK_LABELS + 1), len(labels))]
    fewest = domain.lower().rstrip(".")
    for at in starts:
        name = ".".join(labels[at:])
        psd = psd_of(name)
        if psd == "n":
            return name
        if psd == "y" and at > 0:
            return ".".join(labels[at - 1 :])
        if psd is not None:
            fewest = name
    return fewest


def sending_mechanisms(addresses: Sequence[str]) -> Iterator[str]:
    for address in addresses:
        yield f"ip{ip_address(address).version}:{address}"


def _mechanisms(addresses: Sequence[str]) -> str:
    return " ".join(sending_mechanisms(addresses)) or "include:the-name-your-relay-gives-you"


def _passes(address: str, networks: Sequence[str]) -> bool:
    one = ip_address(address)
    return any(one in ip_network(network, strict=False) for network in networks)


def _is_aligned(
    one: str,
    other: str,
    organisation: Callable[[str], str],
    is_strict: bool,  # noqa: FBT001
) -> bool:
    if one.lower() == other.lower():
        return True
    return not is_strict and organisation(one) == organisation(other)
