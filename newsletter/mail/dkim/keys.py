"""DKIM keys: private halves in files, read with errors that a person can act on."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from newsletter.config import Settings
from newsletter.domain.errors import Misconfigured

MIN_RSA_BITS = 2048
RSA, ED25519 = "rsa", "ed25519"
_SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*")
_PADDING, _SHA256 = padding.PKCS1v15(), hashes.SHA256()


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key and the selector under which the other half of it is published."""

    selector: str
    private_key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey = field(repr=False)

    @property
    def kind(self) -> str:
        """As the `k=` tag of its record has it."""
        return RSA if isinstance(self.private_key, rsa.RSAPrivateKey) else ED25519

    @property
    def algorithm(self) -> str:
        """As the `a=` tag of a signature has it."""
        return f"{self.kind}-sha256"

    @property
    def public_half(self) -> str:
        """As the `p=` tag of its record has it."""
        public = self.private_key.public_key()
        if isinstance(public, ed25519.Ed25519PublicKey):
            return base64.b64encode(public.public_bytes_raw()).decode()
        der = public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(der).decode()

    def signature_of(self, data: bytes) -> bytes:
        if isinstance(self.private_key, rsa.RSAPrivateKey):
            return self.private_key.sign(data, _PADDING, _SHA256)
        return self.private_key.sign(hashlib.sha256(data).digest())


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
            "DKIM_KEY_FILE is set, but DKIM_SELECTOR is not, or is no host name.",
            advice="Set it to the name under which the public key is published: "
            "for SELECTOR._domainkey.example.org, SELECTOR.",
        )
    # A name may have a comma in it: several files are meant only where there are several selectors.
    files = settings.dkim_key_file.split(",", len(selectors) - 1)
    if len(files) < len(selectors):
        raise Misconfigured(
            f"DKIM_SELECTOR names {len(selectors)} selectors, DKIM_KEY_FILE {len(files)} files.",
            advice="Give each key its selector, in the same order, with commas between them.",
        )
    return [
        read_key(Path(file), selector, called=f"DKIM_KEY_FILE {file}")
        for file, selector in zip(files, selectors, strict=True)
    ]


def read_key(path: Path, selector: str, *, called: str) -> DkimKey:
    """`called` begins the sentence that says what is wrong. Raises Misconfigured."""
    try:
        loaded = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        reason = (error.strerror or "it can't be read").lower()
        raise _bad_key(called, f"can't be read: {reason}") from error
    except TypeError as error:
        raise _bad_key(called, "is locked with a password") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _bad_key(called, "holds no private key in PEM") from error
    if not isinstance(loaded, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        raise _bad_key(called, "holds neither an RSA nor an Ed25519 key")
    if isinstance(loaded, rsa.RSAPrivateKey) and loaded.key_size < MIN_RSA_BITS:
        raise _bad_key(called, f"holds a key of {loaded.key_size} bits, which receivers distrust")
    return DkimKey(selector, loaded)


def new_key(kind: str, selector: str) -> DkimKey:
    if kind == RSA:
        return DkimKey(selector, rsa.generate_private_key(65537, MIN_RSA_BITS))
    return DkimKey(selector, ed25519.Ed25519PrivateKey.generate())


def pem_of(key: DkimKey) -> bytes:
    return key.private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _bad_key(called: str, why: str) -> Misconfigured:
    return Misconfigured(
        f"{called} {why}.",
        advice="Make a pair with `newsletter dkim make`, or one file with: "
        "openssl genrsa -out dkim.pem 2048",
    )
