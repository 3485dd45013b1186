"""SMTP_URL and its companions into a relay, or into words about what is wrong with them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsletter.config import Settings
from newsletter.domain.errors import Misconfigured
from newsletter.mail.smtp.relay import Relay, full_name, is_loopback, relay_from, relays_from
from tests.support.smtp.certificates import an_authority


def a_relay(url: str, **settings: Any) -> Relay:
    given = {"public_url": "https://news.example", **settings}
    return relay_from(Settings(smtp_url=url, **given))


@pytest.mark.parametrize(
    ("url", "host", "port", "implicit_tls", "starttls_required"),
    [
        ("smtp://relay.example", "relay.example", 25, False, True),
        ("smtp://relay.example:2525", "relay.example", 2525, False, True),
        ("smtp://u:p@relay.example", "relay.example", 587, False, True),
        ("smtps://u:p@relay.example", "relay.example", 465, True, False),
        ("smtps://relay.example:4650/", "relay.example", 4650, True, False),
        ("smtp://localhost:2525", "localhost", 2525, False, False),
        ("smtp://127.0.0.5", "127.0.0.5", 25, False, False),
        ("smtp://[::1]:2525", "::1", 2525, False, False),
        ("smtp://192.0.2.1", "192.0.2.1", 25, False, True),
    ],
)
def test_a_url_names_the_relay_and_how_it_is_encrypted(
    url: str, host: str, port: int, *, implicit_tls: bool, starttls_required: bool
) -> None:
    relay = a_relay(url)
    assert (relay.host, relay.port) == (host, port)
    assert relay.implicit_tls == implicit_tls
    assert relay.starttls_required == starttls_required


def test_starttls_can_be_required_on_loopback_and_renounced_elsewhere() -> None:
    assert a_relay("smtp://localhost", smtp_starttls="required").starttls_required
    assert not a_relay("smtp://relay.example", smtp_starttls="off").starttls_required
    assert a_relay("smtps://relay.example", smtp_starttls="off").implicit_tls


def test_user_name_and_password_are_percent_decoded() -> None:
    relay = a_relay("smtp://ann%40b.example:p%2F%3A%23%C3%BC@relay.example")
    assert (relay.username, relay.password) == ("ann@b.example", "p/:#ü")


def test_the_sandbox_is_the_relay_until_one_is_set() -> None:
    relay = relay_from(Settings(sandbox_smtp_url="smtp://127.0.0.1:2525"))
    assert relay.name == "127.0.0.1:2525"


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"public_url": "https://news.example/x"}, "news.example"),
        ({"public_url": "https://bücher.example"}, "xn--bcher-kva.example"),
        ({"public_url": "http://192.0.2.7:8000"}, "[192.0.2.7]"),
        ({"public_url": "http://[2001:db8::1]"}, "[IPv6:2001:db8::1]"),
        ({"public_url": ""}, "localhost"),
        ({"smtp_ehlo_name": "mail.example"}, "mail.example"),
        ({"smtp_ehlo_name": "[IPv6:2001:db8::1]"}, "[IPv6:2001:db8::1]"),
    ],
)
def test_we_greet_with_the_host_of_our_pages_unless_a_name_is_set(
    settings: dict[str, str], name: str
) -> None:
    assert a_relay("smtp://relay.example", **settings).ehlo_name == name


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"public_url": ""}, "news.example"),
        ({"public_url": "http://localhost:8000"}, "news.example"),
        ({"public_url": "http://127.0.0.1:8000"}, "news.example"),
        ({"public_url": "https://pages.example"}, "pages.example"),
        ({"smtp_ehlo_name": "mail.example"}, "mail.example"),
    ],
)
def test_without_a_public_name_we_greet_with_the_one_that_is_known_otherwise(
    settings: dict[str, str], name: str
) -> None:
    found = relays_from(Settings(smtp_url="smtp://relay.example", **settings), "news.example")
    assert [relay.ehlo_name for relay in found] == [name]


@pytest.mark.parametrize(
    ("machine", "name"),
    [
        ("mail.example.org", "mail.example.org"),
        ("laptop", "localhost"),
        ("laptop.local", "localhost"),
        ("localhost.localdomain", "localhost"),
        ("1.0.0.127.in-addr.arpa", "localhost"),
        ("192.0.2.1", "localhost"),
        ("", "localhost"),
    ],
)
def test_a_machine_is_named_only_by_a_name_that_others_may_know(machine: str, name: str) -> None:
    assert full_name(machine) == name


def test_a_login_on_loopback_is_encrypted_where_that_is_offered() -> None:
    assert a_relay("smtp://u:p@localhost").starttls_if_offered
    assert not a_relay("smtp://localhost").starttls_if_offered
    assert not a_relay("smtp://u:p@localhost", smtp_starttls="off").starttls_if_offered


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "SMTP_URL is not set"),
        ("http://relay.example", "must start with smtp:// or smtps://"),
        ("relay.example:25", "must start with smtp:// or smtps://"),
        ("smtp://", "has no host"),
        ("smtp://:25", "has no host"),
        ("smtp://relay.example:port", "can't be read"),
        ("smtp://relay.example:99999", "can't be read"),
        ("smtp://u:sesame/open@relay.example", "%2F"),
        ("smtp://u:sesame#open@relay.example", "%23"),
        ("smtp://u:sesame?open@relay.example", "%3F"),
        ("smtp://u:sesame%ff@relay.example", "can't be read"),
        ("smtp://u:sesame%00@relay.example", "%00"),
        ("smtp://relay.example/path", "extra text after host and port"),
        ("smtp://u@relay.example", "no password"),
        ("smtp://:sesame@relay.example", "no user name"),
    ],
)
def test_a_wrong_url_is_reported_without_repeating_it(url: str, words: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        a_relay(url)
    assert words in str(caught.value)
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("name", ["two words", "a\r\nb", "x!y", "<b.example>"])
def test_a_greeting_that_is_not_a_host_name_is_reported(name: str) -> None:
    with pytest.raises(Misconfigured, match="SMTP_EHLO_NAME"):
        a_relay("smtp://relay.example", smtp_ehlo_name=name)


def test_certificates_of_ones_own_are_read_or_the_file_is_named(tmp_path: Path) -> None:
    authority = an_authority(tmp_path)
    assert a_relay("smtp://relay.example", smtp_ca_file=str(authority.ca_file)).ca_file
    no_certificates = tmp_path / "none.pem"
    no_certificates.write_text("nothing")
    for path in (no_certificates, tmp_path / "gone.pem"):
        with pytest.raises(Misconfigured, match=str(path)):
            a_relay("smtp://relay.example", smtp_ca_file=str(path))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_loopback_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.example", "127.0.0.1.example", "10.0.0.1", "::"])
def test_an_address_that_only_looks_like_loopback_is_not(host: str) -> None:
    assert not is_loopback(host)


# --- Several relays, and parameters after the ? ---------------------------------------------------


def relays(url: str) -> tuple[Relay, ...]:
    return relays_from(Settings(smtp_url=url, public_url="https://news.example"))


def test_several_relays_are_separated_by_blanks() -> None:
    found = relays("smtp://one.example:25?weight=3  smtps://ann:secret@two.example")
    assert [(relay.name, relay.weight) for relay in found] == [
        ("one.example:25", 3),
        ("two.example:465", 1),
    ]


def test_limits_are_read_from_the_url() -> None:
    (relay,) = relays(
        "smtp://r.example?connections=5&per_connection=50&connection_age=60"
        "&per_second=14&per_hour=1000&per_day=50000&warm_up=2026-11-01:500"
    )
    assert (relay.connections, relay.per_connection) == (5, 50)
    assert relay.connection_age == timedelta(seconds=60)
    assert (relay.per_second, relay.per_hour, relay.per_day) == (14, 1000, 50000)
    assert (relay.warm_up_from, relay.warm_up_start) == (date(2026, 11, 1), 500)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("connections=0", "connections"),
        ("connections=many", "connections"),
        ("per_day=-1", "per_day"),
        ("warm_up=tomorrow", "warm_up"),
        ("warm_up=2026-11-01", "per_day"),
        ("conections=5", "conections"),
        ("pipelining=on", "pipelining"),
        ("pipelining=FULL", "pipelining"),
    ],
)
def test_a_wrong_parameter_is_named_and_the_url_is_not_repeated(query: str, words: str) -> None:
    with pytest.raises(Misconfigured, match=words) as refused:
        relays(f"smtp://ann:s3cret@r.example?{query}")
    assert "s3cret" not in str(refused.value)


def test_the_same_relay_twice_is_refused() -> None:
    with pytest.raises(Misconfigured, match="twice"):
        relays("smtp://r.example smtp://r.example?weight=2")


@pytest.mark.parametrize("word", ["full", "commands", "off"])
def test_pipelining_is_set_by_a_word_and_learned_without_one(word: str) -> None:
    (relay,) = relays(f"smtp://r.example?pipelining={word}")
    assert relay.pipelining is not None
    assert relay.pipelining.word == word
    assert relays("smtp://r.example")[0].pipelining is None


def test_a_token_file_takes_the_place_of_the_password() -> None:
    (relay,) = relays("smtp://ann@r.example?token_file=/run/token")
    assert relay.token_file == "/run/token"
