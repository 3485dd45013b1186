"""The DNS records of DKIM keys [RFC 6376 3.6, RFC 8463]: to publish them and look them up."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Any

from newsletter.domain.alabels import ascii_domain
from newsletter.domain.errors import InvalidInput

LONGEST_STRING = 255
"""Of a string in a TXT record [RFC 1035 3.3.14]. Longer values are split, and joined again."""
_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class TxtRecord:
    """`name` is relative to the zone if the domain is not known."""

    name: str
    value: str

    @property
    def strings(self) -> list[str]:
        value = self.value
        return [value[i : i + LONGEST_STRING] for i in range(0, len(value), LONGEST_STRING)]

    @property
    def zone_line(self) -> str:
        """For a zone file. An absolute name ends with a dot."""
        name = self.name if self.name.endswith("._domainkey") else f"{self.name}."
        quoted = [f'"{string}"' for string in self.strings]
        if len(quoted) == 1:
            return f"{name} IN TXT {quoted[0]}"
        return "\n".join([f"{name} IN TXT (", *(f"    {string}" for string in quoted), ")"])


class Answer(StrEnum):
    """What DNS says about a record."""

    PUBLISHED = "published"
    MISSING = "missing"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """`detail` explains the answer; "" for no explanation."""

    answer: Answer
    detail: str = ""


def record_of(selector: str, kind: str, public_half: str, domain: str = "") -> TxtRecord:
    name = f"{selector}._domainkey"
    if domain:
        name = f"{name}.{ascii_domain(domain)}"
    return TxtRecord(name, f"v=DKIM1; k={kind}; p={public_half}")


def has_resolver() -> bool:
    return _resolver_module() is not None


def look_up(record: TxtRecord, server: str = "") -> Found:
    """Asks the system's name server, or `server`: an address, optionally with :port."""
    module = _resolver_module()
    if module is None:
        return Found(Answer.UNKNOWN, "no resolver is installed")
    try:
        answer = _resolver(module, server).resolve(f"{record.name}.", "TXT")
    except (module.NXDOMAIN, module.NoAnswer):
        return Found(Answer.MISSING)
    except importlib.import_module("dns.exception").DNSException as error:
        return Found(Answer.UNKNOWN, " ".join(str(error).split())[:200] or type(error).__name__)
    texts = [b"".join(row.strings).decode("utf-8", "replace") for row in answer]
    if any(_tags(text) == _tags(record.value) for text in texts):
        return Found(Answer.PUBLISHED)
    return Found(Answer.DIFFERENT, " | ".join(texts)[:500])


def _resolver(module: Any, server: str) -> Any:
    resolver = module.Resolver(configure=not server)
    resolver.lifetime = _PATIENCE_S
    if server:
        address, port = _split_server(server)
        resolver.nameservers = [address]
        resolver.port = port
    return resolver


def _split_server(server: str) -> tuple[str, int]:
    address, port = server, "53"
    if matched := re.fullmatch(r"\[(.+)\]:(\d{1,5})|([^:]+):(\d{1,5})", server):
        address, port = matched[1] or matched[3], matched[2] or matched[4]
    try:
        return str(ip_address(address.strip("[]"))), int(port)
    except ValueError:
        raise InvalidInput(
            f"“{server[:60]}” is not the address of a name server.",
            advice="Use an address such as 192.0.2.53 or 192.0.2.53:5353.",
        ) from None


def _resolver_module() -> Any:
    """dnspython, a dependency of email-validator; None if it is not installed."""
    try:
        return importlib.import_module("dns.resolver")
    except ImportError:
        return None


def _tags(text: str) -> dict[str, str]:
    """The tags that make the key; other tags do not matter."""
    pairs = (tag.partition("=") for tag in text.split(";") if "=" in tag)
    tags = {name.strip(): "".join(value.split()) for name, _, value in pairs}
    return {"k": tags.get("k", "rsa"), "p": tags.get("p", "")}
