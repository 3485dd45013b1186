"""Whether an address or a domain is on a DNS blocklist [RFC 5782]. Asked only on request."""

from __future__ import annotations

import ipaddress

from newsletter.net.dns import Dns, NoAnswer

ADDRESS_LISTS = ("zen.spamhaus.org", "bl.spamcop.net", "b.barracudacentral.org", "psbl.surriel.com")
DOMAIN_LISTS = ("dbl.spamhaus.org",)
_REFUSED = ("127.255.255.", "127.0.1.255")
"""Spamhaus answers so to name servers that it does not serve, such as the large public ones."""


def ask_blocklists(
    dns: Dns, about: str, lists: tuple[str, ...]
) -> tuple[dict[str, str | None], dict[str, str]]:
    """What each list says of `about`, None if it does not list it; and why a list said nothing."""
    said: dict[str, str | None] = {}
    unasked: dict[str, str] = {}
    for name in lists:
        asked = f"{_reversed(about)}.{name}"
        try:
            codes = dns.addresses(asked)
            texts = dns.texts(asked) if codes else []
        except NoAnswer as error:
            unasked[name] = str(error)
            continue
        if any(code.startswith(_REFUSED) for code in codes):
            unasked[name] = "it does not answer this name server"
        else:
            said[name] = (" ".join(texts) or ", ".join(codes)) if codes else None
    return said, unasked


def _reversed(about: str) -> str:
    try:
        pointer = ipaddress.ip_address(about).reverse_pointer
    except ValueError:
        return about
    return pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
