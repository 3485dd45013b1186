"""Envelopes, and addresses checked and encoded for the wire."""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.domain.alabels import ascii_domain
from newsletter.domain.errors import InvalidInput

_UNSAFE = re.compile(r"[\x00-\x20<>\x7f-\x9f\u2028\u2029]|\s")
_MAX_PATH_BYTES = 254
_PLAIN = re.compile(
    r"(?=.{3,254}\Z)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}"
)
"""Nearly all addresses: they need no further check and no encoding."""


# Not frozen: one is made for each copy, and a frozen one takes four times as long.
@dataclass(slots=True)
class Envelope:
    """`sender` "" is the null reverse-path, for mail that must never bounce."""

    sender: str
    recipient: str


@dataclass(slots=True)  # as above
class Path:
    """`text` has no angle brackets. `needs_smtputf8`: the local part is not ASCII."""

    text: str
    needs_smtputf8: bool = False


def wire_path(address: str) -> Path:
    """Raises InvalidInput for anything that could break out of the command."""
    if _PLAIN.fullmatch(address):
        return Path(address)
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or _UNSAFE.search(address):
        raise InvalidInput("Mail can't be sent to this address.", field="address")
    text = f"{local}@{ascii_domain(domain)}"
    if len(text.encode()) > _MAX_PATH_BYTES:
        raise InvalidInput("The address is too long.", field="address")
    return Path(text, needs_smtputf8=not local.isascii())
