"""Email addresses: what is one, and which two are the same reader."""

from __future__ import annotations

import hmac

from email_validator import EmailNotValidError, validate_email

from newsletter.domain.errors import InvalidInput

MAX_ADDRESS_LENGTH = 254


def parse_address(text: str) -> str:
    """The address as mail is sent to it, its domain in lower case.

    Raises InvalidInput in words for the person who typed it. No DNS is asked.
    """
    given = text.strip()
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
    """Two addresses with one key are one reader: case does not count."""
    return address.strip().casefold()


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


def address_hash(address: str, key: bytes) -> str:
    """A keyed hash that outlives erasure, so that a suppressed address stays suppressed."""
    return hmac.digest(key, address_key(address).encode(), "sha256").hex()
