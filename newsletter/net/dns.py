"""Questions to DNS, by dnspython. An answer that says "there is none" is an empty list."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import TypeVar

import dns.exception
import dns.resolver
import dns.reversename

from newsletter.domain.errors import InvalidInput

PATIENCE_S = 5.0
_PLAIN_PORT = "53"

T = TypeVar("T")


class NoAnswer(Exception):
    """DNS did not answer: nothing is known. The text says why, in short."""


class Dns:
    """Asks the system's name servers, or `server`: an address, optionally with :port.

    Raises InvalidInput for a `server` that is no address; each question raises NoAnswer.
    """

    def __init__(self, server: str = "") -> None:
        self.resolver = dns.resolver.Resolver(configure=not server)
        self.resolver.lifetime = PATIENCE_S
        self.resolver.cache = dns.resolver.Cache()
        if server:
            address, self.resolver.port = _split_server(server)
            self.resolver.nameservers = [address]

    def texts(self, name: str) -> list[str]:
        """The TXT records of `name`, the strings of each joined."""
        return self._ask(name, "TXT", lambda row: b"".join(row.strings).decode("utf-8", "replace"))

    def mail_hosts(self, domain: str) -> list[str]:
        """By preference. ["."] for a domain that takes no mail [RFC 7505]."""
        rows = self._ask(domain, "MX", lambda row: (row.preference, row.exchange.to_text()))
        return [host if host == "." else host.rstrip(".") for _, host in sorted(rows)]

    def addresses(self, name: str) -> list[str]:
        """IPv4 first."""
        return [
            address
            for kind in ("A", "AAAA")
            for address in self._ask(name, kind, lambda row: str(row.address))
        ]

    def names(self, address: str) -> list[str]:
        name = dns.reversename.from_address(address).to_text()
        return self._ask(name, "PTR", lambda row: row.target.to_text().rstrip("."))

    def _ask(self, name: str, kind: str, read: Callable[..., T]) -> list[T]:
        try:
            answer = self.resolver.resolve(f"{name.rstrip('.')}.", kind)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            why = " ".join(str(error).split())[:200] or type(error).__name__
            raise NoAnswer(why) from error
        return [read(row) for row in answer]


def _split_server(server: str) -> tuple[str, int]:
    address, port = server, _PLAIN_PORT
    if matched := re.fullmatch(r"\[(.+)\]:(\d{1,5})|([^:]+):(\d{1,5})", server):
        address, port = matched[1] or matched[3], matched[2] or matched[4]
    try:
        return str(ip_address(address.strip("[]"))), int(port)
    except ValueError:
        raise InvalidInput(
            f"“{server[:60]}” is not the address of a name server.",
            advice="Use an address such as 192.0.2.53 or 192.0.2.53:5353.",
        ) from None
