"""Signatures that need `cryptography`, which is large: imported when a webhook comes."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from newsletter.domain.errors import Misconfigured

# SHA-1 is what version 1 has. A forger still needs Amazon's key.
_SNS_DIGESTS = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303


def is_signed_by_sendgrid(key: str, signed: bytes, signature: str) -> bool:
    """Raises Misconfigured when `key` is none."""
    try:
        public_key = load_der_public_key(base64.b64decode(key))
    except ValueError as error:
        raise Misconfigured("HOOK_SENDGRID_KEY is not a public key.") from error
    if not isinstance(public_key, EllipticCurvePublicKey):
        raise Misconfigured("HOOK_SENDGRID_KEY is not an ECDSA key.")
    try:
        public_key.verify(_decoded(signature), signed, ECDSA(hashes.SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return True


def is_signed_by_sns(
    certificate: bytes, version: str, signed: bytes, signature: str, now: datetime
) -> bool:
    digest = _SNS_DIGESTS.get(version)
    try:
        read = x509.load_pem_x509_certificate(certificate)
        key = read.public_key()
        is_current = read.not_valid_before_utc <= now <= read.not_valid_after_utc
        if digest is None or not is_current or not isinstance(key, RSAPublicKey):
            return False
        key.verify(_decoded(signature), signed, PKCS1v15(), digest)
    except (ValueError, InvalidSignature):
        return False
    return True


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except binascii.Error as error:
        raise ValueError(signature) from error
