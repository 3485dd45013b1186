"""Keys for signing, made for one measurement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa


def dkim_settings(kinds: str, directory: Path) -> dict[str, Any]:
    """Settings that sign with rsa, ed25519 or both; none for ""."""
    if not kinds:
        return {}
    names = ["rsa", "ed25519"] if kinds == "both" else [kinds]
    files = [_write(directory / f"{name}.pem", name) for name in names]
    return {
        "dkim_key_file": ",".join(map(str, files)),
        "dkim_selector": ",".join(names),
        "dkim_domain": "example.org",
    }


def _write(path: Path, kind: str) -> Path:
    key = (
        rsa.generate_private_key(65537, 2048)
        if kind == "rsa"
        else ed25519.Ed25519PrivateKey.generate()
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(pem)
    path.chmod(0o600)
    return path
