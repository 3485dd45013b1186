"""Email addresses: what is one, and which two are the same reader."""

from __future__ import annotations

import hmac
import unicodedata
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

from newsletter.domain.alabels import ascii_domain
from newsletter.domain.errors import InvalidInput
from newsletter.domain.readers.address_spellings import without_invisible

MAX_ADDRESS_LENGTH = 254
_GMAIL = ("gmail.com", "googlemail.com")


class HashedAddress(NamedTuple):
    """What a suppression is kept under, so that it outlives erasure.

    `former` is the hash of the key as it was made before migration 0009, or None where both keys
    are the same. Rows of that time can't be hashed again when the address is gone, so both are
    looked up; only `current` is ever written. See docs/decisions/0015-address-keys.md.
    """

    current: str
    former: str | None = None


def parse_address(text: str) -> str:
    """The address as mail is sent to it, its domain in lower case.

    Raises InvalidInput in words for the person who typed it. No DNS is asked.
    """
    given = without_invisible(text).strip()
    if any(character in given for character in "\r\n"):
        raise InvalidInput("An address can't contain a line break.", field="address")
    try:
        return validate_email(given, check_deliverability=False).normalized
    except EmailNotValidError as error:
        shown = given[:80] or "An empty address"
        raise InvalidInput(
            f"“{shown}” is not an email address.", advice=str(error), field="address"
        ) from error


def address_key(address: str) -> str:
    """Two addresses with one key are one reader.

    The domain is an A-label [RFC 5891], the local part in lower case and not case-folded: faß.de
    and fass.de are two domains, and straße@ and strasse@ two mailboxes. Never raises: a search, or
    what is not an address, has a key as well.
    """
    if address.isascii():
        return address.strip().lower()
    local, at, domain = without_invisible(address).strip().rpartition("@")
    lower = unicodedata.normalize("NFC", local.lower())
    if not at:
        return unicodedata.normalize("NFC", domain.lower())
    try:
        return f"{lower}@{ascii_domain(domain)}"
    except InvalidInput:
        return f"{lower}@{domain.lower()}"


def inbox_of(address: str) -> str:
    """The address without its tag, and without the dots that Gmail ignores: for counting what one
    person gets. Mail is never sent to it.
    """
    local, at, domain = address_key(address).rpartition("@")
    inbox = local.partition("+")[0] or local
    if domain in _GMAIL:
        return f"{inbox.replace('.', '')}{at}gmail.com"
    return f"{inbox}{at}{domain}"


def masked_address(address: str) -> str:
    """Enough for its owner to know it by: ada@example.org is a…@e….org."""
    local, _, domain = address.rpartition("@")
    host, _, last = domain.rpartition(".")
    return f"{local[:1]}…@{host[:1]}….{last}"


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


def hashed_address(address: str, key: bytes) -> HashedAddress:
    """Keyed, so that nobody finds out an address by trying."""
    current = address_key(address)
    former = current if address.isascii() else _former_key(address)
    if current == former:
        return HashedAddress(_hash(current, key))
    return HashedAddress(_hash(current, key), _hash(former, key))


def _former_key(address: str) -> str:
    """As keys were made before migration 0009."""
    return address.strip().casefold()


def _hash(address_key: str, key: bytes) -> str:
    return hmac.digest(key, address_key.encode(), "sha256").hex()
