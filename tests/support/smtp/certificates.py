"""A certificate authority for one test, and what it certifies."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """Clients that should trust it use `ca_file`."""

    ca_file: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def server_tls(self, address: str = "127.0.0.1", *, age: timedelta = DAY) -> ssl.SSLContext:
        """For a server at that address, its certificate valid for two days from `age` ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        certificate = _certificate(key, self.key, age, names)
        path = self.ca_file.with_name(f"server-{address}-{age.days}.pem")
        path.write_bytes(_pem(certificate) + _key_pem(key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def an_authority(directory: Path) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    is_authority = x509.BasicConstraints(ca=True, path_length=0)
    certificate = _certificate(key, key, DAY, is_authority)
    ca_file = directory / "ca.pem"
    ca_file.write_bytes(_pem(certificate))
    return Authority(ca_file, key, certificate)


def _certificate(
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    age: timedelta,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    valid_from = datetime.now(UTC) - age
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name("server" if key is not issuer_key else "authority"))
        .issuer_name(_name("authority"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid_from)
        .not_valid_after(valid_from + 2 * DAY)
        .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    )
    return builder.sign(issuer_key, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
