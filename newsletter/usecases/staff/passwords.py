"""Which passwords an editor may choose: long ones that nobody tries first."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from newsletter.domain.errors import InvalidInput

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1000
_COMMON = Path(__file__).parent / "common_passwords.txt"
_REPEATED = re.compile(r"(.{1,12}?)\1+")
_NO_LETTER = "0123456789 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


def checked_password(password: str, address: str) -> str:
    """Raises InvalidInput, in words for the one who chose it."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise _refused(f"Use at least {SHORTEST_PASSWORD} characters.")
    if _is_easy_to_guess(password.lower(), address.lower()):
        raise _refused("This password is too easy to guess.")
    return password


def _is_easy_to_guess(password: str, address: str) -> bool:
    """A common one, bare or repeated, with digits and signs around it, or one's own address."""
    names = {address, address.partition("@")[0], address.rpartition("@")[2]}
    forms = {password, password.strip(_NO_LETTER)}
    forms |= {_unrepeated(form) for form in forms}
    forms |= {form.strip(_NO_LETTER) for form in forms}
    return any(len(form) < 3 or form in names or form in _common() for form in forms)


def _unrepeated(text: str) -> str:
    repeated = _REPEATED.fullmatch(text)
    return repeated[1] if repeated else text


@cache
def _common() -> frozenset[str]:
    return frozenset(_COMMON.read_text(encoding="ascii").splitlines())


def _refused(message: str) -> InvalidInput:
    return InvalidInput(
        message,
        advice="A few unrelated words are easy to remember and hard to guess.",
        field="password",
    )
