"""DKIM keys: private halves in files, read with errors that a person can act on.

`private_keys`, and with it `cryptography`, is imported where there is a key, and not before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.config import Settings
from newsletter.domain.errors import Misconfigured

if TYPE_CHECKING:
    from newsletter.mail.dkim.private_keys import PrivateKey

RSA, ED25519 = "rsa", "ed25519"
_SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*")


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key and the selector under which the other half of it is published."""

    selector: str
    private_key: PrivateKey = field(repr=False)

    @property
    def kind(self) -> str:
        """The `k=` tag of its record."""
        from newsletter.mail.dkim import private_keys

        return RSA if private_keys.is_rsa(self.private_key) else ED25519

    @property
    def algorithm(self) -> str:
        """The `a=` tag of a signature."""
        return f"{self.kind}-sha256"

    @property
    def public_half(self) -> str:
        """The `p=` tag of its record."""
        from newsletter.mail.dkim import private_keys

        return private_keys.public_half_of(self.private_key)

    def signature_of(self, data: bytes) -> bytes:
        from newsletter.mail.dkim import private_keys

        return private_keys.signature_of(self.private_key, data)


def load_dkim_key(settings: Settings) -> DkimKey | None:
    """The first one of DKIM_KEY_FILE, None without."""
    return next(iter(load_dkim_keys(settings)), None)


def load_dkim_keys(settings: Settings) -> list[DkimKey]:
    """Those of DKIM_KEY_FILE, none without. Raises Misconfigured for one that can't be used."""
    if not settings.dkim_key_file:
        return []
    selectors = settings.dkim_selector.split(",")
    if not all(map(_SELECTOR.fullmatch, selectors)):
        raise Misconfigured(
            "DKIM_KEY_FILE is set, but DKIM_SELECTOR is missing or not a host name.",
            advice="Set it to the name of the published key: "
            "for SELECTOR._domainkey.example.org, use SELECTOR.",
        )
    # A name may have a comma in it: several files are meant only where there are several selectors.
    files = settings.dkim_key_file.split(",", len(selectors) - 1)
    if len(files) < len(selectors):
        raise Misconfigured(
            f"DKIM_SELECTOR has {len(selectors)} selectors, DKIM_KEY_FILE {len(files)} files.",
            advice="Set one selector for each key, in the same order, separated by commas.",
        )
    return [
        read_key(Path(file), selector, called=f"DKIM_KEY_FILE {file}")
        for file, selector in zip(files, selectors, strict=True)
    ]


def read_key(path: Path, selector: str, *, called: str) -> DkimKey:
    """`called` begins the sentence that says what is wrong. Raises Misconfigured."""
    from newsletter.mail.dkim import private_keys

    try:
        return DkimKey(selector, private_keys.parse_private_key(path.read_bytes()))
    except OSError as error:
        reason = (error.strerror or "it can't be read").lower()
        raise _bad_key(called, f"can't be read: {reason}") from error
    except ValueError as error:
        raise _bad_key(called, str(error)) from error


def new_key(kind: str, selector: str) -> DkimKey:
    from newsletter.mail.dkim import private_keys

    make = private_keys.new_rsa_key if kind == RSA else private_keys.new_ed25519_key
    return DkimKey(selector, make())


def pem_of(key: DkimKey) -> bytes:
    from newsletter.mail.dkim import private_keys

    return private_keys.pem_of(key.private_key)


def _bad_key(called: str, why: str) -> Misconfigured:
    return Misconfigured(
        f"{called} {why}.",
        advice="Make a pair with `newsletter dkim make`, or one file with: "
        "openssl genrsa -out dkim.pem 2048",
    )
