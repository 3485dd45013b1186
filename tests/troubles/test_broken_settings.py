"""Wrong settings or a wrong relay: sending waits, says why, and loses no reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from newsletter.delivery.recover import try_relay_again
from newsletter.delivery.sweep import tick
from newsletter.delivery.transmission import Transmitter
from tests.conftest import Clock, free_port
from tests.support.delivery_rig import DeliveryRig, with_settings
from tests.support.recovery import READERS, assert_all_readers_get_a_copy, assert_operator_sees
from tests.support.smtp.certificates import an_authority

PASSWORD = "s3cret"


def test_a_relay_that_is_not_there_is_named_and_after_the_right_one_all_get_a_copy(
    rig: DeliveryRig, clock: Clock
) -> None:
    right = rig.context.settings.smtp_url
    new_settings(rig, smtp_url="smtp://127.0.0.1:1")
    assert "127.0.0.1:1" in trouble_of_a_send(rig)
    start_again(rig, smtp_url=right)
    assert_all_readers_get_a_copy(rig, clock)


def test_settings_without_a_relay_are_reported_and_once_corrected_all_get_a_copy(
    rig: DeliveryRig, clock: Clock
) -> None:
    right = rig.context.settings.smtp_url
    new_settings(rig, smtp_url="relay.example:25")
    assert "smtp://" in trouble_of_a_send(rig)
    start_again(rig, smtp_url=right)
    assert_all_readers_get_a_copy(rig, clock)


def test_a_certificate_for_another_stops_the_relay_until_it_is_right(
    rig: DeliveryRig, clock: Clock, tmp_path: Path
) -> None:
    authority = an_authority(tmp_path)
    with serving(rig, authority.server_tls("127.0.0.2")) as port:
        url = f"smtp://127.0.0.1:{port}"
        new_settings(
            rig, smtp_url=url, smtp_starttls="required", smtp_ca_file=str(authority.ca_file)
        )
        reason = trouble_of_a_send(rig)
    assert "certificate is not valid for 127.0.0.1" in reason
    assert "IP address mismatch" in reason
    with serving(rig, authority.server_tls()) as port:
        start_again(rig, smtp_url=f"smtp://127.0.0.1:{port}")
        assert_all_readers_get_a_copy(rig, clock)


def test_a_refused_login_stops_the_relay_until_the_password_is_right(
    rig: DeliveryRig, clock: Clock, tmp_path: Path
) -> None:
    authority = an_authority(tmp_path)
    with serving(rig, authority.server_tls(), with_login=True) as port:
        settings = {"smtp_starttls": "required", "smtp_ca_file": str(authority.ca_file)}
        new_settings(rig, smtp_url=f"smtp://ann:wrong@127.0.0.1:{port}", **settings)
        reason = trouble_of_a_send(rig)
        assert "535" in reason
        assert "wrong" not in reason
        start_again(rig, smtp_url=f"smtp://ann:{PASSWORD}@127.0.0.1:{port}", **settings)
        assert_all_readers_get_a_copy(rig, clock)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (lambda: b"no key at all", "no private key"),
        (lambda: an_rsa_key(1024), "1024"),
        (lambda: None, "no such file"),
    ],
    ids=["rubbish", "too short", "not there"],
)
def test_a_key_that_can_not_sign_is_reported_and_once_corrected_all_copies_are_signed(
    rig: DeliveryRig, clock: Clock, tmp_path: Path, key: Callable[[], bytes | None], words: str
) -> None:
    path, content = tmp_path / "dkim.pem", key()
    if content is not None:
        path.write_bytes(content)
    new_settings(rig, dkim_key_file=str(path), dkim_selector="s1")
    reason = trouble_of_a_send(rig)
    assert str(path) in reason
    assert words in reason
    path.write_bytes(an_rsa_key(2048))
    clock.advance(timedelta(minutes=1))  # nobody has to start anything anew
    assert_all_readers_get_a_copy(rig, clock)
    assert all(message["DKIM-Signature"] for _, message in rig.relay.received)


def new_settings(rig: DeliveryRig, **changes: Any) -> None:
    rig.transmitter.close()
    with_settings(rig, **changes)
    rig.transmitter = Transmitter(rig.context)


def start_again(rig: DeliveryRig, **changes: Any) -> None:
    """As the operator does once the settings are right."""
    new_settings(rig, **changes)
    try_relay_again(rig.context)


def trouble_of_a_send(rig: DeliveryRig) -> str:
    rig.send_to(*READERS)
    rig.deliver()
    assert rig.relay.recipients == []
    assert tick(rig.context).batches == [], "the relay is left alone"
    report = rig.report()
    assert (report.state, report.pending) == ("sending", 3)
    assert_operator_sees(rig, report.relay_trouble[:40])
    return report.relay_trouble


def an_rsa_key(bits: int) -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@contextmanager
def serving(rig: DeliveryRig, tls: Any, *, with_login: bool = False) -> Iterator[int]:
    """The rig's relay again, behind STARTTLS and optionally a login."""
    options: dict[str, Any] = {"tls_context": tls, "require_starttls": True}
    if with_login:
        options |= {"authenticator": _authenticate, "auth_required": True}

    server = Controller(rig.relay, hostname="127.0.0.1", port=free_port(), **options)
    server.start()
    yield server.port
    server.stop(no_assert=True)


def _authenticate(*arguments: Any) -> AuthResult:
    credentials = arguments[-1]
    is_right = credentials.password == PASSWORD.encode()
    return AuthResult(success=is_right, handled=False)
