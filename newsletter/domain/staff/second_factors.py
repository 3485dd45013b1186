"""What proves who someone is beside a password or a mailed link, and how guessing is slowed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

FREE_GUESSES = 5
"""Wrong codes in a row before the next one has to wait."""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=15), timedelta(days=1)

CODES_AT_ONCE = 10
_CODE = re.compile(r"[a-z2-7]{16}")
_APP_CODE = re.compile(r"\d{6}")


class FactorKind(StrEnum):
    """The value is the word for it in histories and on pages."""

    APP = "authenticator app"
    RECOVERY_CODE = "recovery code"
    PASSKEY = "passkey"


def wait_after(failures: int) -> timedelta:
    """How long no code of the app is taken. A stranger with the password has about one guess a day
    in the long run; someone with a recovery code or a passkey does not wait.
    """
    beyond = failures - FREE_GUESSES
    return min(FIRST_WAIT * 2 ** min(beyond, 10), LONGEST_WAIT) if beyond >= 0 else timedelta()


def read_app_code(typed: str) -> str:
    """The six digits, with spaces and hyphens anywhere. "" for anything else."""
    code = _without_gaps(typed)
    return code if code.isascii() and _APP_CODE.fullmatch(code) else ""


def read_recovery_code(typed: str) -> str:
    """As `spelled` writes it, in any case. "" for anything else."""
    code = _without_gaps(typed).lower()
    return code if _CODE.fullmatch(code) else ""


def spelled(code: str) -> str:
    """In groups of four, which are read and typed more easily."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def _without_gaps(typed: str) -> str:
    return re.sub(r"[\s-]", "", typed[:100])


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Whom a passkey is for: the host of our pages, and where they are."""

    host: str
    origin: str


def relying_party(public_url: str) -> RelyingParty | None:
    """None where browsers allow no passkeys: without https, but on localhost, and at an address
    that has no name.
    """
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    is_local = host == "localhost" or host.endswith(".localhost")
    has_name = host and ":" not in host and not host.replace(".", "").isdigit()
    if not has_name or not (parts.scheme == "https" or is_local):
        return None
    usual_port = {"https": 443, "http": 80}.get(parts.scheme)
    port = f":{parts.port}" if parts.port and parts.port != usual_port else ""
    return RelyingParty(host, f"{parts.scheme}://{host}{port}")
