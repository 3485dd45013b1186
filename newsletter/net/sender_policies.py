"""SPF and DMARC as checkdmarc reads them from DNS, with our own name servers and no other host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checkdmarc.dmarc import check_dmarc
from checkdmarc.spf import check_spf
from checkdmarc.utils import DNS_CACHE

from newsletter.domain.operations.sender_records import DmarcSeen, SpfSeen
from newsletter.net.dns import PATIENCE_S, Dns, NoAnswer

_TAG = "v=dmarc1"


def forget_answers() -> None:
    """The library keeps answers for half an hour, for all name servers alike."""
    DNS_CACHE.clear()


def look_up_spf(dns: Dns, domain: str) -> SpfSeen:
    try:
        published = [text for text in dns.texts(domain) if text.lower().startswith("v=spf1")]
    except NoAnswer as error:
        return SpfSeen(domain, unasked=str(error))
    if not published:
        return SpfSeen(domain)
    found: Mapping[str, Any] = check_spf(domain, resolver=dns.resolver, timeout=PATIENCE_S)
    trouble = str(found.get("error") or "")
    if len(published) > 1:
        trouble = f"there are {len(published)} of them, and only one is allowed."
    parsed = found.get("parsed") or {}
    return SpfSeen(
        domain,
        record=published[0],
        passes=tuple(_networks(parsed)),
        all=str(parsed.get("all") or "neutral"),
        lookups=int(found.get("dns_lookups") or 0),
        void_lookups=int(found.get("void_dns_lookups") or 0),
        trouble=trouble,
    )


def look_up_dmarc(dns: Dns, domain: str) -> DmarcSeen:
    try:
        dns.texts(f"_dmarc.{domain}")
    except NoAnswer as error:
        return DmarcSeen(domain, unasked=str(error))
    found: Mapping[str, Any] = check_dmarc(domain, resolver=dns.resolver, timeout=PATIENCE_S)
    if not found["valid"]:
        is_missing = found.get("record") is None and "not exist" in found["error"]
        trouble = "" if is_missing else found["error"]
        return DmarcSeen(domain, location=found.get("location") or "", trouble=trouble)
    tags = found["tags"]
    return DmarcSeen(
        domain,
        record=found["record"],
        location=found["location"],
        policy=_policy(tags, is_parent=found["location"] != domain),
        has_reports="rua" in tags,
        is_dkim_strict=_value(tags, "adkim") == "s",
        is_spf_strict=_value(tags, "aspf") == "s",
    )


def psd_tag(dns: Dns, name: str) -> str | None:
    """Of the DMARC record of `name` alone, "u" by default [RFC 9989 4.7]; None without a record."""
    try:
        records = [text for text in dns.texts(f"_dmarc.{name}") if _is_dmarc(text)]
    except NoAnswer:
        return None
    if len(records) != 1:
        return None
    tags = dict(_tags(records[0]))
    return tags.get("psd", "u")


def _policy(tags: Mapping[str, Any], *, is_parent: bool) -> str:
    return _value(tags, "sp" if is_parent and "sp" in tags else "p")


def _value(tags: Mapping[str, Any], name: str) -> str:
    return str(tags.get(name, {}).get("value", ""))


def _is_dmarc(text: str) -> bool:
    return "".join(text.split()).lower().startswith(_TAG)


def _tags(record: str) -> Iterator[tuple[str, str]]:
    for pair in record.split(";"):
        name, _, value = pair.partition("=")
        yield name.strip().lower(), value.strip().lower()


def _networks(parsed: Mapping[str, Any]) -> Iterator[str]:
    """Of all mechanisms that pass, with what they include and redirect to."""
    for mechanism in parsed.get("mechanisms") or ():
        if mechanism.get("action") != "pass":
            continue
        match mechanism.get("mechanism"):
            case "ip4" | "ip6":
                yield str(mechanism["value"])
            case "a":
                yield from map(str, mechanism.get("addresses") or ())
            case "mx":
                for host in mechanism.get("hosts") or ():
                    yield from map(str, host.get("addresses") or ())
            case "include":
                yield from _networks(mechanism.get("parsed") or {})
            case _:
                pass  # exists, ptr: they depend on the message
    redirect = parsed.get("redirect")
    if redirect:
        yield from _networks(redirect.get("parsed") or {})
