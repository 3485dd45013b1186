"""Private halves, as `cryptography` has them: 7 MB that most processes never need.

Only `keys` imports this, and only if there is a key.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

MIN_RSA_BITS = 2048
_PADDING, _SHA256 = padding.PKCS1v15(), hashes.SHA256()

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def parse_private_key(pem: bytes) -> PrivateKey:
    """Raises ValueError, with words that go on after the name of the file."""
    try:
        loaded = serialization.load_pem_private_key(pem, password=None)
    except TypeError as error:
        raise ValueError("is locked with a password") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("has no private key in PEM format") from error
    if not isinstance(loaded, PrivateKey):
        raise ValueError("has neither an RSA nor an Ed25519 key")  # noqa: TRY004  not its type
    if isinstance(loaded, rsa.RSAPrivateKey) and loaded.key_size < MIN_RSA_BITS:
        raise ValueError(f"holds a key of {loaded.key_size} bits, which receivers distrust")
    return loaded


def new_rsa_key() -> PrivateKey:
    return rsa.generate_private_key(65537, MIN_RSA_BITS)


def new_ed25519_key() -> PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def is_rsa(key: PrivateKey) -> bool:
    return isinstance(key, rsa.RSAPrivateKey)


def public_half_of(key: PrivateKey) -> str:
    """As the `p=` tag of its record has it."""
    public = key.public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        return base64.b64encode(public.public_bytes_raw()).decode()
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()


def signature_of(key: PrivateKey, data: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, _PADDING, _SHA256)
    return key.sign(hashlib.sha256(data).digest())


def pem_of(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
