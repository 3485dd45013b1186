"""The words about a relay in trouble: whole sentences, whatever the system says or leaves out."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from functools import partial

import pytest

from newsletter.mail.smtp.connection import _why_lost, why_not_encrypted
from newsletter.mail.smtp.dialing import _why_not_connected
from newsletter.mail.smtp.relay import Relay

RELAY = Relay("relay.example", 587)


@pytest.mark.parametrize(
    ("explain", "error"),
    [
        (_why_lost, ConnectionResetError()),
        (partial(why_not_encrypted, RELAY), ssl.SSLError()),
        (partial(why_not_encrypted, RELAY), OSError()),
        (partial(why_not_encrypted, RELAY), ValueError()),
        (_why_not_connected, socket.gaierror()),
        (_why_not_connected, OSError()),
    ],
)
def test_an_error_without_words_leaves_no_empty_brackets(
    explain: Callable[[Exception], str], error: Exception
) -> None:
    words = explain(error)
    assert "()" not in words
    assert "None" not in words


def test_what_the_system_says_stands_in_brackets() -> None:
    assert _why_lost(ConnectionResetError(104, "Connection reset by peer")) == (
        "the connection was lost (Connection reset by peer)"
    )
