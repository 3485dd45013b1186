"""What a password costs to hash where the service runs; the tests pay less."""

from __future__ import annotations

from argon2 import PasswordHasher

from tests.conftest import HASHER_AS_SHIPPED


def test_a_password_costs_what_the_library_advises() -> None:
    stored = PasswordHasher().hash("correct horse battery")
    assert not HASHER_AS_SHIPPED.check_needs_rehash(stored)
