"""Encryption and login: asked for where they must be, and never given up for a server's sake."""

from __future__ import annotations

import base64
import hmac
import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.domain.delivery.outcomes import Accepted, Outcome, RelayTrouble
from newsletter.domain.delivery.smtp_replies import Stage
from newsletter.mail.envelope import Envelope
from newsletter.mail.smtp.relay import Relay
from newsletter.mail.smtp.timeouts import Timeouts
from tests.support.smtp.certificates import Authority, an_authority
from tests.support.smtp.dialogue import Dialogue
from tests.support.smtp.scripts import SmtpClient, a_client

ENVELOPE = Envelope("news@b.example", "ann@r.example")
MESSAGE = b"Subject: Hi\r\n\r\nText\r\n"
SHORT = Timeouts(connect=timedelta(milliseconds=300))
DELIVERY = """
    C: MAIL FROM:<news@b.example>
    S: 250 Ok
    C: RCPT TO:<ann@r.example>
    S: 250 Ok
    C: DATA
    S: 354 Go on
    C: (text)
    S: 250 Ok
    C: QUIT
    S: 221 Bye
"""
OFFER = """
    S: 220 relay.example
    C: EHLO client.example
    S: 250-relay.example
    S: 250-AUTH PLAIN LOGIN
    S: 250 STARTTLS
    C: STARTTLS
"""
UPGRADE = OFFER + "S: 220 Go on\nS: (tls)"
ENCRYPTED = UPGRADE + "\nC: EHLO client.example\nS: 250 relay.example"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return an_authority(tmp_path_factory.mktemp("authority"))


def converse(script: str, tls: ssl.SSLContext | None = None, **relay: object) -> Outcome:
    with Dialogue(script, tls) as server:
        settings: dict[str, object] = {"starttls_required": True, "ehlo_name": "client.example"}
        where = Relay("127.0.0.1", server.port, **{**settings, **relay})  # type: ignore[arg-type]
        client = SmtpClient(where, Timeouts())
        outcome = client.send(ENVELOPE, MESSAGE)
        client.close()
    return outcome


def trouble(script: str, tls: ssl.SSLContext | None = None, **relay: object) -> RelayTrouble:
    outcome = converse(script, tls, **relay)
    assert isinstance(outcome, RelayTrouble), outcome
    return outcome


# --- Encryption ----------------------------------------------------------------------------------


def test_mail_goes_through_starttls_after_a_second_greeting(authority: Authority) -> None:
    outcome = converse(ENCRYPTED + DELIVERY, authority.server_tls(), ca_file=str(authority.ca_file))
    assert isinstance(outcome, Accepted)


def test_mail_goes_through_encryption_from_the_start(authority: Authority) -> None:
    script = "S: (tls)\nS: 220 relay.example\nC: EHLO client.example\nS: 250 relay.example"
    outcome = converse(
        script + DELIVERY,
        authority.server_tls(),
        ca_file=str(authority.ca_file),
        implicit_tls=True,
        starttls_required=False,
    )
    assert isinstance(outcome, Accepted)


def test_extensions_offered_before_encryption_are_forgotten(authority: Authority) -> None:
    script = UPGRADE + "\nC: EHLO client.example\nS: 250-relay.example\nS: 250 HELP\nC: (end)"
    found = trouble(
        script,
        authority.server_tls(),
        ca_file=str(authority.ca_file),
        username="ann",
        password="secret",
    )
    assert found.stage is Stage.AUTH


def test_a_relay_that_does_not_offer_starttls_gets_nothing() -> None:
    found = trouble("S: 220 Hi\nC: EHLO *\nS: 250 relay.example\nC: (end)")
    assert found.stage is Stage.TLS
    assert "does not offer STARTTLS" in found.detail
    assert "SMTP_STARTTLS=off" in found.detail


@pytest.mark.parametrize("refusal", ["454 4.7.0 TLS not available", "502 Not now"])
def test_a_refused_starttls_gets_nothing(refusal: str) -> None:
    found = trouble(OFFER + f"S: {refusal}\nC: (end)")
    assert found.stage is Stage.TLS
    assert refusal[4:] in found.detail


def test_words_slipped_in_before_encryption_end_the_conversation(authority: Authority) -> None:
    script = OFFER + r"S: 220 Go on\r\n250 I am the relay, believe me" + "\nC: (end)"
    found = trouble(script, ca_file=str(authority.ca_file))
    assert found.stage is Stage.TLS
    assert "before encryption" in found.detail


def test_an_untrusted_certificate_is_refused(authority: Authority) -> None:
    with Dialogue(UPGRADE, authority.server_tls()) as server:
        relay = Relay("127.0.0.1", server.port, ehlo_name="client.example")
        found = SmtpClient(relay, Timeouts()).send(ENVELOPE, MESSAGE)
        server.expect_failure("unknown ca|alert|EOF")
    assert isinstance(found, RelayTrouble)
    assert found.stage is Stage.TLS
    assert "certificate is not valid for 127.0.0.1" in found.detail
    assert "SMTP_CA_FILE" in found.detail


@pytest.mark.parametrize(
    ("address", "age", "word"),
    [
        ("127.0.0.2", timedelta(days=1), "IP address mismatch"),
        ("127.0.0.1", timedelta(days=5), "expired"),
    ],
)
def test_a_certificate_for_another_or_of_yesterday_is_refused(
    authority: Authority, address: str, age: timedelta, word: str
) -> None:
    with Dialogue(UPGRADE, authority.server_tls(address, age=age)) as server:
        relay = Relay(
            "127.0.0.1", server.port, ehlo_name="client.example", ca_file=str(authority.ca_file)
        )
        found = SmtpClient(relay, Timeouts()).send(ENVELOPE, MESSAGE)
        server.expect_failure("alert|EOF")
    assert isinstance(found, RelayTrouble)
    assert found.stage is Stage.TLS
    assert word in found.detail


def test_smtps_to_a_plain_port_is_reported_with_advice() -> None:
    with Dialogue("S: 220 Hi there\nC: (rubbish)") as server:
        relay = Relay("127.0.0.1", server.port, implicit_tls=True, starttls_required=False)
        found = SmtpClient(relay, SHORT).send(ENVELOPE, MESSAGE)
    assert isinstance(found, RelayTrouble)
    assert found.stage is Stage.TLS
    assert "smtp://" in found.detail


def test_a_connection_lost_while_encryption_is_set_up_is_trouble() -> None:
    found = trouble(OFFER + "S: 220 Go on\nC: (rubbish)\nS: (drop)")
    assert found.stage is Stage.TLS


# --- Login ---------------------------------------------------------------------------------------

USER, PASSWORD = "ann@b.example", "s3cret/ü"
PLAIN = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
USER_64 = base64.b64encode(USER.encode()).decode()
PASSWORD_64 = base64.b64encode(PASSWORD.encode()).decode()
CHALLENGE = base64.b64encode(b"<1896.697170952@relay.example>").decode()
PROOF = base64.b64encode(
    f"{USER} ".encode()
    + hmac.new(PASSWORD.encode(), b"<1896.697170952@relay.example>", "md5").hexdigest().encode()
).decode()
LOGIN = {"username": USER, "password": PASSWORD, "starttls_required": False}


def hello(methods: str) -> str:
    return f"S: 220 Hi\nC: EHLO client.example\nS: 250-relay.example\nS: 250 {methods}\n"


@pytest.mark.parametrize(
    "login",
    [
        hello("AUTH PLAIN LOGIN") + f"C: AUTH PLAIN {PLAIN}\nS: 235 2.7.0 Ok",
        hello("AUTH=PLAIN") + f"C: AUTH PLAIN {PLAIN}\nS: 235 2.7.0 Ok",
        hello("AUTH plain") + f"C: AUTH PLAIN {PLAIN}\nS: 334\nC: {PLAIN}\nS: 235 Ok",
        hello("AUTH CRAM-MD5 LOGIN")
        + f"C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: {USER_64}\nS: 334 UGFzc3dvcmQ6\n"
        + f"C: {PASSWORD_64}\nS: 235 Ok",
        hello("AUTH CRAM-MD5 GSSAPI")
        + f"C: AUTH CRAM-MD5\nS: 334 {CHALLENGE}\nC: {PROOF}\nS: 235 Ok",
        # Offered, and refused all the same.
        hello("AUTH PLAIN LOGIN")
        + f"C: AUTH PLAIN {PLAIN}\nS: 504 5.5.4 Unrecognized authentication type\n"
        + f"C: AUTH LOGIN\nS: 334 ?\nC: {USER_64}\nS: 334 ?\nC: {PASSWORD_64}\nS: 235 Ok",
        hello("AUTH LOGIN PLAIN")
        + f"C: AUTH PLAIN {PLAIN}\nS: 535 5.7.8 Error: no mechanism available\n"
        + f"C: AUTH LOGIN\nS: 334 ?\nC: {USER_64}\nS: 334 ?\nC: {PASSWORD_64}\nS: 235 Ok",
    ],
)
def test_login_by_what_the_relay_offers(login: str) -> None:
    assert isinstance(converse(login + DELIVERY, **LOGIN), Accepted)


def test_a_long_password_does_not_make_a_line_too_long() -> None:
    password = "x" * 600
    response = base64.b64encode(f"\0{USER}\0{password}".encode()).decode()
    script = hello("AUTH PLAIN") + f"C: AUTH PLAIN\nS: 334\nC: {response}\nS: 235 Ok"
    outcome = converse(script + DELIVERY, **{**LOGIN, "password": password})
    assert isinstance(outcome, Accepted)


def test_login_is_encrypted(authority: Authority) -> None:
    script = (
        UPGRADE
        + "\nC: EHLO client.example\nS: 250-relay.example\nS: 250 AUTH PLAIN\n"
        + f"C: AUTH PLAIN {PLAIN}\nS: 235 Ok"
    )
    outcome = converse(
        script + DELIVERY,
        authority.server_tls(),
        ca_file=str(authority.ca_file),
        username=USER,
        password=PASSWORD,
    )
    assert isinstance(outcome, Accepted)


@pytest.mark.parametrize(
    ("answer", "is_refused"),
    [
        ("535 5.7.8 Bad credentials", True),
        ("534 5.7.9 Application password needed", True),
        ("504 5.5.4 Unrecognised", True),
        ("454 4.7.0 Temporary failure", False),
        ("421 4.7.0 Too many attempts", False),
    ],
)
def test_a_login_is_refused_for_good_or_for_now(answer: str, is_refused: bool) -> None:  # noqa: FBT001
    found = trouble(hello("AUTH PLAIN") + f"C: AUTH PLAIN *\nS: {answer}\nC: (end)", **LOGIN)
    assert (found.stage, found.is_refused_login) == (Stage.AUTH, is_refused)
    assert answer.rpartition(" ")[2] in found.detail


def test_a_login_refused_at_the_user_name_sends_no_password() -> None:
    script = hello("AUTH LOGIN") + f"C: AUTH LOGIN\nS: 334 ?\nC: {USER_64}\nS: 535 No\nC: (end)"
    assert trouble(script, **LOGIN).is_refused_login


def test_a_relay_without_a_login_that_we_know_is_reported_with_its_methods() -> None:
    found = trouble(hello("AUTH DIGEST-MD5 GSSAPI") + "C: (end)", **LOGIN)
    assert found.is_refused_login
    assert "DIGEST-MD5 GSSAPI" in found.detail


def test_when_each_mechanism_is_refused_the_word_about_the_password_is_reported() -> None:
    script = hello("AUTH PLAIN LOGIN") + (
        "C: AUTH PLAIN *\nS: 535 5.7.8 Wrong password\nC: AUTH LOGIN\nS: 504 5.5.4 No\nC: (end)"
    )
    found = trouble(script, **LOGIN)
    assert found.is_refused_login
    assert "Wrong password" in found.detail


def test_a_challenge_that_can_not_be_read_is_given_up() -> None:
    script = hello("AUTH CRAM-MD5") + "C: AUTH CRAM-MD5\nS: 334 ???\nC: *\nS: 501 Ok\nC: (end)"
    assert trouble(script, **LOGIN).stage is Stage.AUTH


def test_a_login_on_loopback_is_encrypted_where_that_is_offered(authority: Authority) -> None:
    script = (
        UPGRADE
        + "\nC: EHLO client.example\nS: 250-relay.example\nS: 250 AUTH PLAIN\n"
        + f"C: AUTH PLAIN {PLAIN}\nS: 235 Ok"
    )
    outcome = converse(script + DELIVERY, authority.server_tls(), **LOGIN, starttls_if_offered=True)
    assert isinstance(outcome, Accepted)


def test_a_login_on_loopback_goes_on_without_encryption_that_is_not_offered() -> None:
    login = hello("AUTH PLAIN") + f"C: AUTH PLAIN {PLAIN}\nS: 235 2.7.0 Ok"
    assert isinstance(converse(login + DELIVERY, **LOGIN, starttls_if_offered=True), Accepted)


@pytest.mark.parametrize("echo", [PLAIN, PASSWORD_64, PASSWORD, USER_64, USER])
@pytest.mark.parametrize("answer", ["535 bad: ", ""])
def test_a_password_that_the_relay_repeats_is_never_shown(echo: str, answer: str) -> None:
    script = hello("AUTH PLAIN") + f"C: AUTH PLAIN *\nS: {answer}{echo}\nC: (end)"
    found = trouble(script, **LOGIN)
    assert found.stage is Stage.AUTH
    assert echo not in found.detail
    assert USER not in found.detail


@pytest.mark.parametrize("password", ["a", "e", "in", "tic", "failed"])
def test_a_short_password_leaves_the_letters_of_words_alone(password: str) -> None:
    said = "535 5.7.8 Error: authentication was unsuccessfully failing"
    script = hello("AUTH PLAIN") + f"C: AUTH PLAIN *\nS: {said}\nC: (end)"
    found = trouble(script, **LOGIN | {"username": "u", "password": password})
    assert said in found.detail


@pytest.mark.parametrize("password", ["a", "pass", "12345"])
def test_a_short_password_that_the_relay_repeats_is_never_shown(password: str) -> None:
    script = hello("AUTH PLAIN") + f"C: AUTH PLAIN *\nS: 535 not '{password}' of u\nC: (end)"
    found = trouble(script, **LOGIN | {"username": "u", "password": password})
    assert "not '…' of …" in found.detail


def test_a_relay_shows_no_password_when_printed() -> None:
    relay = Relay("relay.example", 587, USER, PASSWORD)
    assert PASSWORD not in repr(relay)
    assert relay.name == "relay.example:587"


def test_a_relay_that_wants_a_login_we_do_not_have_is_our_configuration() -> None:
    script = (
        "S: 220 Hi\nC: EHLO *\nS: 250 relay.example\nC: MAIL FROM:<*>\n"
        "S: 530 5.7.0 Authentication required\nC: (end)"
    )
    assert trouble(script, starttls_required=False).is_refused_login


def test_a_missing_ca_file_is_relay_trouble_and_not_a_crash(tmp_path: Path) -> None:
    script = OFFER + "S: 220 Go on\nC: (end)"
    found = trouble(script, ca_file=str(tmp_path / "gone.pem"))
    assert found.stage is Stage.TLS
    assert "SMTP_CA_FILE" in found.detail


# --- XOAUTH2 --------------------------------------------------------------------------------------

OFFERS_XOAUTH2 = """
    S: 220 relay.example ready
    C: EHLO client.example
    S: 250-relay.example greets you
    S: 250 AUTH XOAUTH2
"""


def log_in_by_token(script: str, token_file: Path) -> tuple[Outcome, list[str]]:
    with Dialogue(script) as server:
        client = a_client(server, username="ann@r.example", token_file=str(token_file))
        outcome = client.send(ENVELOPE, MESSAGE)
        client.close()
    return outcome, server.heard


def test_an_access_token_is_read_at_each_login(tmp_path: Path) -> None:
    token_file = tmp_path / "token"
    token_file.write_text("ya29.first\n", encoding="ascii")
    answer = "C: AUTH XOAUTH2 *\nS: 235 2.7.0 Accepted\nC: MAIL*\nS: 550 5.7.1 No"
    _, heard = log_in_by_token(OFFERS_XOAUTH2 + answer, token_file)
    said = base64.b64decode(heard[1].removeprefix("AUTH XOAUTH2 ")).decode()
    assert said == "user=ann@r.example\x01auth=Bearer ya29.first\x01\x01"


def test_a_token_that_is_refused_by_a_challenge_is_a_refused_login(tmp_path: Path) -> None:
    token_file = tmp_path / "token"
    token_file.write_text("expired", encoding="ascii")
    answer = "C: AUTH XOAUTH2 *\nS: 334 eyJzdGF0dXMiOiI0MDEifQ==\nC: \nS: 535 5.7.8 No"
    outcome, _ = log_in_by_token(OFFERS_XOAUTH2 + answer, token_file)
    assert isinstance(outcome, RelayTrouble)
    assert outcome.is_refused_login


def test_a_token_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    outcome, _ = log_in_by_token(OFFERS_XOAUTH2, tmp_path / "nothing")
    assert isinstance(outcome, RelayTrouble)
    assert outcome.is_refused_login
    assert "nothing" in outcome.detail
