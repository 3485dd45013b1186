"""What an address is, which two are one reader, and what is taken off a pasted one."""

from __future__ import annotations

import pytest

from newsletter.domain.errors import InvalidInput
from newsletter.domain.readers.address_spellings import Tidying, tidy_address
from newsletter.domain.readers.addresses import (
    address_key,
    hashed_address,
    inbox_of,
    masked_address,
    parse_address,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@faß.de", "ada@fass.de"),
        ("straße@example.org", "strasse@example.org"),
        ("ﬁona@example.org", "fiona@example.org"),
        ("ada@ςοφία.gr", "ada@σοφία.gr"),
    ],
)
def test_letters_that_case_folding_mixes_up_are_two_readers(one: str, other: str) -> None:
    assert address_key(one) != address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ADA@Example.ORG", "ada@example.org"),
        ("ada@BÜCHER.de", "ada@bücher.de"),
        ("ada@bücher.de", "ada@XN--bcher-kva.de"),
        ("ada@bu\u0308cher.de", "ada@bücher.de"),
        ("JÜRGEN@example.org", "ju\u0308rgen@example.org"),
        ("\ufeffjürgen@example.org\u200b", "jürgen@example.org"),
        (" ada@example.org\n", "ada@example.org"),
    ],
)
def test_spellings_of_one_address_are_one_reader(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


def test_the_key_of_a_domain_is_its_a_label() -> None:
    assert address_key("Ada@faß.de") == "ada@xn--fa-hia.de"
    assert address_key("ada@fass.de") == "ada@fass.de"


@pytest.mark.parametrize("text", ["", "@", "ü", "Zürich GmbH", "ü@", "ü@-.x", "ü@" + "ü" * 300])
def test_what_is_no_address_has_a_key_as_well(text: str) -> None:
    assert address_key(text) == address_key(address_key(text))


def test_only_an_address_whose_key_has_changed_has_two_hashes() -> None:
    key = b"secret"
    assert hashed_address("Ada@example.org", key).former is None
    assert hashed_address("jürgen@example.org", key).former is None
    changed = hashed_address("straße@example.org", key)
    assert changed.former == hashed_address("strasse@example.org", key).current
    assert changed.former != changed.current


@pytest.mark.parametrize(
    ("pasted", "address", "name", "tidyings"),
    [
        ("ada@example.org", "ada@example.org", "", ()),
        ("  ada@example.org \t", "ada@example.org", "", ()),
        ("\u200bada@example.org", "ada@example.org", "", (Tidying.INVISIBLE,)),
        ("\u202aada@example.org\u202c", "ada@example.org", "", (Tidying.INVISIBLE,)),
        ("\ufeffada@example.org", "ada@example.org", "", (Tidying.INVISIBLE,)),
        ("ada\u200b@exam\u00adple.org", "ada@example.org", "", (Tidying.INVISIBLE,)),
        ("\u00a0ada@example.org\u00a0", "ada@example.org", "", (Tidying.INVISIBLE,)),
        ("ada@example.org\u200d", "ada@example.org", "", (Tidying.INVISIBLE,)),
        ("ada＠example．org", "ada@example.org", "", (Tidying.FULL_WIDTH,)),
        ("mailto:ada@example.org", "ada@example.org", "", (Tidying.MAILTO,)),
        ("MAILTO: ada@example.org?subject=Hi", "ada@example.org", "", (Tidying.MAILTO,)),
        ("ada@example.org.", "ada@example.org", "", (Tidying.PUNCTUATION,)),
        ("ada@example.org,", "ada@example.org", "", (Tidying.PUNCTUATION,)),
        ("'ada@example.org'", "ada@example.org", "", (Tidying.PUNCTUATION,)),
        ("<ada@example.org>", "ada@example.org", "", (Tidying.NAME,)),
        ("Ada <ada@example.org>", "ada@example.org", "Ada", (Tidying.NAME,)),
        ('"Lovelace, Ada" <ada@example.org>;', "ada@example.org", "Lovelace, Ada", (Tidying.NAME,)),
        (
            "\ufeffAda <mailto:ada@example.org.>",
            "ada@example.org",
            "Ada",
            (Tidying.INVISIBLE, Tidying.NAME, Tidying.MAILTO, Tidying.PUNCTUATION),
        ),
        ('"ada lovelace"@example.org', '"ada lovelace"@example.org', "", ()),
        ("nobody", "nobody", "", ()),
        ("", "", "", ()),
    ],
)
def test_what_is_around_a_pasted_address_is_taken_off_and_named(
    pasted: str, address: str, name: str, tidyings: tuple[Tidying, ...]
) -> None:
    assert tidy_address(pasted) == (address, name, tidyings)


def test_joiners_within_a_word_stay() -> None:
    assert tidy_address("نامه\u200cای@example.org").address == "نامه\u200cای@example.org"


def test_invisible_characters_around_a_typed_address_do_not_matter() -> None:
    assert parse_address("\u202aada@example.org\u202c\u00a0") == "ada@example.org"
    with pytest.raises(InvalidInput):
        parse_address("ada\n@example.org")


@pytest.mark.parametrize(
    ("address", "inbox"),
    [
        ("ada@example.org", "ada@example.org"),
        ("ADA+news@Example.org", "ada@example.org"),
        ("ada+a+b@example.org", "ada@example.org"),
        ("a.d.a@example.org", "a.d.a@example.org"),
        ("a.d.a+x@gmail.com", "ada@gmail.com"),
        ("a.da@GoogleMail.com", "ada@gmail.com"),
        ("+news@example.org", "+news@example.org"),
        ("ada+x@bücher.de", "ada@xn--bcher-kva.de"),
    ],
)
def test_an_inbox_is_the_address_without_what_its_provider_ignores(
    address: str, inbox: str
) -> None:
    assert inbox_of(address) == inbox


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("ada@example.org", "a…@e….org"),
        ("x@y.z.example.co.uk", "x…@y….uk"),
        ("ä@bücher.de", "ä…@b….de"),
    ],
)
def test_a_masked_address_is_known_to_its_owner_alone(address: str, shown: str) -> None:
    assert masked_address(address) == shown
