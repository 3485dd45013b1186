"""A browser is named in plain words, and by ours alone."""

from __future__ import annotations

import pytest

from newsletter.domain.staff.origins import Origin, device_in_words, network_of

_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko Firefox/133",
            "Firefox on Linux",
        ),
        (f"Mozilla/5.0 (Windows NT 10.0) {_CHROME} Safari/537.36 Edg/131", "Edge on Windows"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X) {_CHROME} Safari/537.36", "Chrome on macOS"),
        ("Mozilla/5.0 (iPhone; CPU like Mac OS X) Version/18 Safari/604.1", "Safari on iPhone"),
        (f"Mozilla/5.0 (Linux; Android 15) {_CHROME} Safari/537.36", "Chrome on Android"),
        ("curl/8.11.0", "curl"),
        ("\u202e<script>", "Another program"),
        ("", ""),
    ],
)
def test_a_browser_is_named_in_plain_words(user_agent: str, words: str) -> None:
    assert device_in_words(user_agent) == words


def test_an_origin_says_what_is_known() -> None:
    assert Origin("192.0.2.7", "Firefox on Linux").words == "Firefox on Linux, 192.0.2.7"
    assert Origin(device="Command line").words == "Command line"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_a_network_is_what_one_person_can_easily_have(address: str, network: str) -> None:
    assert network_of(address) == network
