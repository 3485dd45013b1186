"""The header that names the reader: the short way for plain names says what the long way does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.errors import InvalidInput
from newsletter.rendering.message.headers import header, mailbox, personal_to

names = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=90),
    st.text(max_size=20),
    st.sampled_from(["", " ", "Ada  L", "=?utf-8?q?x?=", 'A "B" C', "Ada Lovelace", "a" * 70]),
)
addresses = st.one_of(
    st.sampled_from(
        ["ada@example.org", "a.b+c@x.y", "a@b@c", "@", "ä@example.org", "a@münchen.de"]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)


@given(names, addresses)
def test_both_ways_agree(name: str, address: str) -> None:
    try:
        long_way = header("To", mailbox(name, address, field="To"))
    except InvalidInput:
        long_way = None
    try:
        short_way = personal_to(name, address)
    except InvalidInput:
        short_way = None
    assert short_way == long_way
