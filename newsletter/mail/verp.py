"""Envelope senders that say whose copy bounced: b+<ids>.<mac>@bounce.example.

They survive servers that change case. Nothing in them is trusted until the MAC is checked. The MAC
does not cover the domain, so that bounces can still be read after BOUNCE_DOMAIN has changed.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from newsletter.domain.alabels import ascii_domain
from newsletter.domain.errors import Misconfigured

_MAC_BYTES = 10  # 80 bits are 16 letters of base32, without padding
_MAX_LOCAL_PART = 64
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
# Two letters at a time: the standard library's encoder takes ten times as long for each copy.
_TEN_BITS = tuple(first + second for first in _BASE32 for second in _BASE32)
_CLAIM = re.compile(r"[a-z]\+[0-9]+(?:-[0-9]+)*", re.ASCII)
_LOCAL_PART = re.compile(r"(([a-z])\+([0-9]+(?:-[0-9]+)*))\.([a-z2-7]{16})", re.ASCII)


@dataclass(frozen=True, slots=True)
class VerpAddress:
    """The arguments of `verp_sender`: `kind` is one letter."""

    kind: str
    ids: tuple[int, ...]


def verp_sender(kind: str, ids: tuple[int, ...], domain: str, keys: Sequence[str]) -> str:
    """Signed with the last of `keys`. Raises ValueError if it is longer than mail allows.

    Three ids of 13 digits fit, or two of 19, the most that a database counts to.
    """
    claim = f"{kind}+{'-'.join(map(str, ids))}"
    local_part = f"{claim}.{_mac(claim, _signing_key(keys))}"
    if len(local_part) > _MAX_LOCAL_PART or not _CLAIM.fullmatch(claim):
        message = f"{claim} does not fit into an address"
        raise ValueError(message)
    return f"{local_part}@{ascii_domain(domain)}"


def read_verp(address: str, keys: Sequence[str]) -> VerpAddress | None:
    """None for an address that was not signed with one of `keys`."""
    local_part = address.strip().removeprefix("<").removesuffix(">").rpartition("@")[0]
    if len(local_part) > _MAX_LOCAL_PART or not local_part.isascii():
        return None
    found = _LOCAL_PART.fullmatch(local_part.lower())
    if not found:
        return None
    claim, kind, ids, mac = found.groups()
    if not any(hmac.compare_digest(_mac(claim, key), mac) for key in keys):
        return None
    return VerpAddress(kind, tuple(int(number) for number in ids.split("-")))


def _mac(claim: str, key: str) -> str:
    digest = hmac.digest(_purpose_key(key), claim.encode(), "sha256")
    number = int.from_bytes(digest[:_MAC_BYTES], "big")
    return "".join([_TEN_BITS[number >> shift & 1023] for shift in range(70, -1, -10)])


@lru_cache(maxsize=64)
def _purpose_key(key: str) -> bytes:
    return hmac.digest(key.encode(), b"verp", "sha256")


def _signing_key(keys: Sequence[str]) -> str:
    if not keys:
        raise Misconfigured("SECRET_KEYS is not set.", advice="It signs envelope senders.")
    return keys[-1]
