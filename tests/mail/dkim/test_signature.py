"""Signatures, with dkimpy as the judge: it shares no code with what signs here."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dkim
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from newsletter.config import Settings
from newsletter.domain.errors import InvalidInput, Misconfigured
from newsletter.mail.dkim.signature import DkimKey, author_domain, load_dkim_key, relaxed_body, sign

NOW = datetime.now(UTC)
MESSAGE = b"\r\n".join(
    [
        b"Date: Sun, 22 Nov 2026 09:00:00 +0000",
        b"From: =?utf-8?q?B=C3=BCcher?= <news@b.example>",
        b"To: ann@r.example",
        b"Subject: A  subject \t with",
        b"\tfolds  and   spaces ",
        b"Message-ID: <d1.2@b.example>",
        b"MIME-Version: 1.0",
        b"Content-Type: text/plain; charset=utf-8",
        b"List-Id: Books <books.b.example>",
        b"List-Unsubscribe: <https://b.example/u/token>",
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        b"Received: by somebody, unsigned",
        b"",
        b"Text \t with   spaces \t",
        b"",
        b"  ",
        b"\tend",
        b"",
        b"",
        b"",
    ]
)


@pytest.fixture(scope="module")
def rsa_key() -> DkimKey:
    return DkimKey("rsa1", rsa.generate_private_key(65537, 2048))


@pytest.fixture(scope="module")
def ed25519_key() -> DkimKey:
    return DkimKey("ed1", ed25519.Ed25519PrivateKey.generate())


@pytest.fixture(params=["rsa", "ed25519"])
def key(request: pytest.FixtureRequest, rsa_key: DkimKey, ed25519_key: DkimKey) -> DkimKey:
    return rsa_key if request.param == "rsa" else ed25519_key


@pytest.fixture(autouse=True)
def _ed25519_for_dkimpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """dkimpy takes the bare curve from PyNaCl; here it gets the one of `cryptography`."""
    monkeypatch.setattr(
        dkim,
        "nacl",
        SimpleNamespace(
            signing=SimpleNamespace(VerifyKey=_VerifyKey),
            encoding=SimpleNamespace(Base64Encoder=None),
            exceptions=SimpleNamespace(BadSignatureError=InvalidSignature),
        ),
        raising=False,
    )


class _VerifyKey:
    def __init__(self, data: bytes, encoder: Any) -> None:
        self._key = ed25519.Ed25519PublicKey.from_public_bytes(base64.b64decode(data))

    def verify(self, message: bytes, signature: bytes) -> None:
        self._key.verify(signature, message)


def dns_of(*keys: DkimKey) -> Callable[..., bytes]:
    records = {f"{key.selector}._domainkey.b.example.".encode(): _record(key) for key in keys}
    return lambda name, **_: records[name]


def _record(key: DkimKey) -> bytes:
    public = key.private_key.public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(public.public_bytes_raw())
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)


def verdicts(message: bytes, *keys: DkimKey) -> list[bool]:
    """One for each signature."""
    judge = dkim.DKIM(message)
    count = message.lower().count(b"dkim-signature:")
    found = []
    for index in range(count):
        try:
            found.append(judge.verify(idx=index, dnsfunc=dns_of(*keys)))
        except dkim.ValidationError:
            found.append(False)
    return found


def tags_of(signed: bytes) -> dict[str, str]:
    header = signed.partition(b"\r\nDate:")[0].decode().replace("\r\n", "")
    pairs = (tag.partition("=") for tag in header.partition(":")[2].split(";"))
    return {name.strip(): value.replace("\t", "").replace(" ", "") for name, _, value in pairs}


def test_a_signed_message_passes(key: DkimKey) -> None:
    signed = sign(MESSAGE, key, "b.example", NOW)
    assert signed.endswith(MESSAGE)
    assert verdicts(signed, key) == [True]


def test_two_signatures_side_by_side_both_pass(rsa_key: DkimKey, ed25519_key: DkimKey) -> None:
    signed = sign(sign(MESSAGE, rsa_key, "b.example", NOW), ed25519_key, "b.example", NOW)
    assert verdicts(signed, rsa_key, ed25519_key) == [True, True]


@pytest.mark.parametrize(
    "body",
    [b"", b"\r\n", b"\r\n\r\n", b"x", b"x ", b" ", b" \r\n", b"\t\r\n x\t \r\n\r\n", b".\r\n"],
)
def test_odd_bodies_pass(key: DkimKey, body: bytes) -> None:
    message = b"From: a@b.example\r\nSubject: x\r\n\r\n" + body
    signed = sign(message, key, "b.example", NOW)
    on_the_wire = signed if signed.endswith(b"\r\n") else signed + b"\r\n"
    assert verdicts(on_the_wire, key) == [True]


def test_a_message_of_the_standard_library_passes(key: DkimKey) -> None:
    from email.message import EmailMessage
    from email.policy import SMTP

    message = EmailMessage(policy=SMTP)
    message["From"] = "Bücher <news@b.example>"
    message["Subject"] = "Ünï" * 60
    message.set_content("Text é\n" * 50)
    message.add_alternative("<p>é</p>\n" * 50, subtype="html")
    assert verdicts(sign(message.as_bytes(), key, "b.example", NOW), key) == [True]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Text", b"Test"),
        (b"A  subject", b"Another subject"),
        (b"One-Click", b"Two-Clicks"),
        (b"/u/token", b"/u/other"),
        (b"To: ann", b"To: bob"),
        (b"Date: Sun", b"Date: Mon"),
        (b"books.b.example", b"cooks.b.example"),
    ],
)
def test_a_changed_message_fails(key: DkimKey, before: bytes, after: bytes) -> None:
    signed = sign(MESSAGE, key, "b.example", NOW)
    assert verdicts(signed.replace(before, after, 1), key) == [False]


@pytest.mark.parametrize(
    "header",
    [
        b"From: mallory@b.example",
        b"To: everybody",
        b"Subject: Another",
        b"Date: Mon, 23 Nov 2026 09:00:00 +0000",
        b"Message-ID: <other@b.example>",
        b"Reply-To: mallory@c.example",
        b"List-Unsubscribe: <https://c.example>",
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        b"List-Id: <other.example>",
        b"List-Help: <https://c.example>",
        b"List-Archive: <https://c.example>",
        b"List-Post: <mailto:c@c.example>",
        b"List-Owner: <mailto:c@c.example>",
        b"Content-Type: text/html",
    ],
)
def test_no_header_that_counts_can_be_added(key: DkimKey, header: bytes) -> None:
    signed = sign(MESSAGE, key, "b.example", NOW)
    assert verdicts(header + b"\r\n" + signed, key) == [False]
    assert verdicts(signed.replace(b"Received:", header + b"\r\nReceived:"), key) == [False]


def test_trace_headers_on_the_way_do_no_harm(key: DkimKey) -> None:
    signed = sign(MESSAGE, key, "b.example", NOW)
    trace = b"Return-Path: <b+1.x@b.example>\r\nReceived: from a by b\r\n"
    assert verdicts(trace + signed, key) == [True]


def test_the_tags_say_what_the_rules_ask_for(key: DkimKey) -> None:
    tags = tags_of(sign(MESSAGE, key, "B.Example", NOW))
    assert tags["c"] == "relaxed/relaxed"
    assert tags["a"] == key.algorithm
    assert tags["d"] == "b.example"
    assert tags["t"] == str(int(NOW.timestamp()))
    assert "l" not in tags
    names = tags["h"].split(":")
    assert names.count("list-unsubscribe-post") == 2
    assert names.count("from") == 2
    assert names.count("reply-to") == 1
    assert "received" not in names


@pytest.mark.parametrize(
    ("header", "domain"),
    [
        (b"From: news@b.example", "b.example"),
        (b'From: "A, B @ c.example"\r\n <news@b.example>', "b.example"),
        (b"From: =?utf-8?q?B=C3=BCcher?= <news@b.example>", "b.example"),
        (b"Subject: From: x@c.example\r\nfrom : news@b.example", "b.example"),
        (b"Subject: x", ""),
    ],
)
def test_the_domain_to_sign_for_is_that_of_the_author(header: bytes, domain: str) -> None:
    assert author_domain(header + b"\r\n\r\nFrom: nobody@c.example\r\n") == domain


def test_no_line_of_the_signature_is_long(rsa_key: DkimKey) -> None:
    signed = sign(MESSAGE, rsa_key, "b.example", NOW).removesuffix(MESSAGE)
    assert all(len(line) <= 78 for line in signed.split(b"\r\n"))


def test_a_relaxed_body_matches_the_example_of_the_standard() -> None:
    assert relaxed_body(b" C \r\nD \t E\r\n\r\n\r\n") == b" C\r\nD E\r\n"


def test_a_message_without_a_body_is_not_signed(rsa_key: DkimKey) -> None:
    with pytest.raises(InvalidInput):
        sign(b"From: a@b.example\r\n", rsa_key, "b.example", NOW)


# --- Keys ----------------------------------------------------------------------------------------


def settings_with(path: Path, selector: str = "s1") -> Settings:
    return Settings(dkim_key_file=str(path), dkim_selector=selector)


def a_key_file(directory: Path, key: Any, password: bytes = b"") -> Path:
    path = directory / "dkim.pem"
    encryption: Any = serialization.NoEncryption()
    if password:
        encryption = serialization.BestAvailableEncryption(password)
    pem = serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, encryption))
    return path


def test_without_a_key_nothing_is_signed() -> None:
    assert load_dkim_key(Settings()) is None


def test_a_key_is_read_from_its_file(tmp_path: Path, key: DkimKey) -> None:
    loaded = load_dkim_key(settings_with(a_key_file(tmp_path, key.private_key)))
    assert loaded is not None
    assert (loaded.algorithm, loaded.selector) == (key.algorithm, "s1")
    assert verdicts(sign(MESSAGE, loaded, "b.example", NOW), DkimKey("s1", key.private_key)) == [
        True
    ]


@pytest.mark.parametrize("selector", ["", "a b", "a;b=c", "-a", "a\r\nb", "ü"])
def test_a_key_without_a_selector_is_reported(tmp_path: Path, selector: str) -> None:
    with pytest.raises(Misconfigured, match="DKIM_SELECTOR"):
        load_dkim_key(settings_with(tmp_path / "any.pem", selector))


def test_a_key_that_is_too_short_is_refused(tmp_path: Path) -> None:
    path = a_key_file(tmp_path, rsa.generate_private_key(65537, 1024))  # noqa: S505 -- the point
    with pytest.raises(Misconfigured, match="1024 bits"):
        load_dkim_key(settings_with(path))


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = a_key_file(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(Misconfigured, match="neither an RSA nor an Ed25519"):
        load_dkim_key(settings_with(path))


def test_a_locked_key_is_refused(tmp_path: Path) -> None:
    path = a_key_file(tmp_path, ed25519.Ed25519PrivateKey.generate(), b"sesame")
    with pytest.raises(Misconfigured, match="password"):
        load_dkim_key(settings_with(path))


def test_a_missing_file_or_one_without_a_key_is_named(tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_text("not a key")
    with pytest.raises(Misconfigured, match=str(other)):
        load_dkim_key(settings_with(other))
    with pytest.raises(Misconfigured, match="no such file"):
        load_dkim_key(settings_with(tmp_path / "gone.pem"))
