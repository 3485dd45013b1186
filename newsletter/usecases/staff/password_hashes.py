"""Passwords as they are stored. Hashing takes long on purpose: never in a transaction."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from newsletter.domain.errors import InvalidInput
from newsletter.usecases.staff.passwords import LONGEST_PASSWORD

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def verify_password(stored: str, password: str) -> bool:
    """As slow for an account without a password, `stored` "", as for any other."""
    nobodys = _nobodys_hash()  # made once, and not when the first unknown address is tried
    try:
        return _hasher.verify(stored or nobodys, password[:LONGEST_PASSWORD]) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def renewed_hash(stored: str, password: str) -> str:
    """The hash of the same password as it is made today; "" while the stored one is as good."""
    return _hasher.hash(password) if _hasher.check_needs_rehash(stored) else ""


def require_password(stored: str, given: str, advice: str) -> None:
    """Raises InvalidInput."""
    if not verify_password(stored, given):
        raise InvalidInput("Wrong current password.", advice=advice, field="current")


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")
