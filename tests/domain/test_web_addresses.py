"""Addresses of pages: which are the same, what tracks, which are private."""

from __future__ import annotations

import pytest

from newsletter.domain.web_addresses import (
    canonical_url,
    is_public_address,
    tracking_in,
    with_scheme,
    without_tracking,
)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a",
        "http://example.org/a",
        "https://EXAMPLE.org/a/",
        "https://example.org:443/a#part",
        "https://example.org/a?utm_source=x&utm_medium=mail",
        "https://example.org./a?fbclid=1",
    ],
)
def test_the_same_page_has_one_canonical_address(url: str) -> None:
    assert canonical_url(url) == "https://example.org/a"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/A",
        "https://example.org/a?page=2",
        "https://www.example.org/a",
        "https://example.org:8080/a",
    ],
)
def test_another_page_has_another(url: str) -> None:
    assert canonical_url(url) != canonical_url("https://example.org/a")


@pytest.mark.parametrize("url", ["", "mailto:a@b.c", "https://", "http://[::1", "javascript:x"])
def test_what_is_no_web_address_has_none(url: str) -> None:
    assert canonical_url(url) == ""


def test_only_what_tracks_is_taken_out() -> None:
    url = "https://example.org/a?id=7&utm_campaign=w&gclid=x#end"
    assert tracking_in(url) == ["utm_campaign", "gclid"]
    assert without_tracking(url) == "https://example.org/a?id=7#end"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "168.63.129.16",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "::127.0.0.1",
        "::10.0.0.1",
        "::169.254.169.254",
        "::1.1.1.1",
        "::ffff:0:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:100.64.0.1",
        "::ffff:168.63.129.16",
        "64:ff9b:1::10.0.0.1",
        "2001:db8::1",
        "ff02::1",
        "not an address",
    ],
)
def test_a_private_address_is_told_in_every_guise(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111"])
def test_a_public_address_is_public(address: str) -> None:
    assert is_public_address(address)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("example.org", "https://example.org"),
        ("www.example.org:8080/a?b=c#d", "https://www.example.org:8080/a?b=c#d"),
        ("//example.org/a", "https://example.org/a"),
        ("bücher.example/ä", "https://bücher.example/ä"),
        ("http://example.org", "http://example.org"),
        ("mailto:ada@example.org", "mailto:ada@example.org"),
        ("ada@example.org", "ada@example.org"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("example.org/a b", "example.org/a b"),
        ("/a.b/c", "/a.b/c"),
        ("localhost:8000", "localhost:8000"),
        ("no", "no"),
        ("", ""),
    ],
)
def test_an_address_that_is_typed_without_https_gets_it(typed: str, meant: str) -> None:
    assert with_scheme(typed) == meant
