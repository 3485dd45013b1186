"""Envelope senders: we read back our own in any case, and no others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.errors import Misconfigured
from newsletter.mail.verp import VerpAddress, read_verp, verp_sender

KEYS = ("an old key of ours", "the key that signs")
LARGEST_ID = 2**63 - 1
ids = st.integers(min_value=0, max_value=LARGEST_ID)


def test_it_looks_like_this() -> None:
    local_part, _, domain = verp_sender("b", (12, 345), "Bounce.Example", KEYS).partition("@")
    claim, _, mac = local_part.partition(".")
    assert claim == "b+12-345"
    assert len(mac) * 5 >= 64
    assert domain == "bounce.example"


@given(ids, ids)
def test_it_is_read_back_in_any_case(edition_id: int, subscriber_id: int) -> None:
    address = verp_sender("b", (edition_id, subscriber_id), "bounce.example", KEYS)
    expected = VerpAddress("b", (edition_id, subscriber_id))
    assert len(address.partition("@")[0]) <= 64
    assert read_verp(address, KEYS) == expected
    assert read_verp(f" <{address.upper()}> ", KEYS) == expected
    assert read_verp(address.swapcase(), KEYS) == expected


def test_an_older_key_is_still_believed_and_a_dropped_one_is_not() -> None:
    address = verp_sender("o", (7,), "bounce.example", KEYS[:1])
    assert read_verp(address, KEYS) == VerpAddress("o", (7,))
    assert read_verp(address, KEYS[1:]) is None


def test_it_is_read_after_the_domain_has_changed() -> None:
    address = verp_sender("o", (7,), "bounce.example", KEYS)
    assert read_verp(address.replace("bounce", "other"), KEYS) is not None


@given(st.integers(min_value=0, max_value=40), st.sampled_from("abc234+-.@ \u212a"))
def test_an_altered_one_is_not_believed(position: int, letter: str) -> None:
    address = verp_sender("b", (12, 345), "bounce.example", KEYS)
    local_part = address.partition("@")[0]
    position = min(position, len(local_part) - 1)
    altered = local_part[:position] + letter + local_part[position + 1 :]
    if altered != local_part:
        assert read_verp(f"{altered}@bounce.example", KEYS) is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "b+1@bounce.example",
        "b+1.@bounce.example",
        "b+1.aaaaaaaaaaaaaaaa@bounce.example",
        "b+١.aaaaaaaaaaaaaaaa@bounce.example",
        "b+1" + "1" * 100 + ".aaaaaaaaaaaaaaaa@bounce.example",
        "postmaster@bounce.example",
        "\x00@\x00",
    ],
)
def test_an_address_that_we_did_not_sign_is_none(address: str) -> None:
    assert read_verp(address, KEYS) is None


def test_one_purpose_and_one_kind_does_not_pass_for_another() -> None:
    address = verp_sender("b", (12,), "bounce.example", KEYS)
    assert read_verp(address.replace("b+", "o+", 1), KEYS) is None


@pytest.mark.parametrize(
    ("kind", "numbers"), [("bb", (1,)), ("B", (1,)), ("b", ()), ("b", (-1,)), ("b", (10**19,) * 3)]
)
def test_a_claim_that_does_not_fit_into_an_address_is_refused(
    kind: str, numbers: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        verp_sender(kind, numbers, "bounce.example", KEYS)


def test_without_keys_nothing_is_signed() -> None:
    with pytest.raises(Misconfigured, match="SECRET_KEYS"):
        verp_sender("b", (1,), "bounce.example", ())
